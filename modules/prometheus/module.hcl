component {
  title       = "Prometheus"
  description = "Measures the cluster and raises alerts: Prometheus with its operator, Alertmanager, exporters, and the metrics API."
  replicated  = ["prometheus-adapter"]
  alone = {
    "prometheus-operator" = "it elects no leader as upstream starts it"
    "kube-state-metrics"  = "two would count everything twice"
    "blackbox-exporter"   = "its measurements can wait until it runs elsewhere"
  }
  namespace   = "monitoring"
  # Volcano admits pods in every namespace, and is watched where it is there.
  after    = ["volcano"]
  editions = ["mini", "enterprise"]
  when     = platform.gpu.monitoring
}

variable "replicas" {
  description = "How many Prometheus servers measure the same side by side."
  type        = number
  default     = 2
}
variable "alertmanager_replicas" {
  type    = number
  default = 3
}
variable "retention" {
  description = "For how long measurements are kept."
  type        = string
  default     = "15d"
}
variable "storage_size" {
  description = "Size of the volume of each server; empty for none: then measurements go with the pod."
  type        = string
  default     = ""
}
variable "memory" {
  description = "Memory each server requests."
  type        = string
  default     = "400Mi"
}
variable "metrics_api" {
  description = "Whether the metrics API (kubectl top, autoscalers) is served from here; false where the cluster has a metrics-server."
  type        = bool
  default     = true
}
variable "alertmanager" {
  description = "Alertmanager's whole configuration, with the receivers that tell somebody; empty for one that tells nobody."
  type        = any
  default     = {}
}
variable "namespaces" {
  description = "Further namespaces in which Prometheus may look for what ServiceMonitors and PodMonitors select."
  type        = list(string)
  default     = []
}

locals {
  # What kube-rbac-proxy and the adapter offer to those who connect: no cipher without forward secrecy or authentication.
  ciphers = join(",", [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
  ])
  prometheus_version   = regex(":v([^:@]+)$", image.prometheus)[0]
  alertmanager_version = regex(":v([^:@]+)$", image.alertmanager)[0]
  watched = distinct(concat(
    ["default", "kube-system", "monitoring"],
    contains(enabled, "volcano") ? ["volcano-system"] : [],
    contains(enabled, "training-operator") ? ["kubeflow"] : [],
    var.namespaces,
  ))
  # Where the platform's own programs run, as a pattern; the other namespaces are the users' and the cluster's.
  platform_namespaces = join("|", concat(
    ["auth|cert-manager|gpu-operator|istio-system|knative-eventing|knative-serving|kubeflow|monitoring|mpi-operator|nvidia-network-operator|oauth2-proxy|seldon-system|volcano-system"],
    contains(enabled, "keda") ? ["keda"] : [],
    contains(enabled, "kueue") ? ["kueue-system"] : [],
    contains(enabled, "lws") ? ["lws-system"] : [],
  ))
}
