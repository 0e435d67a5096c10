component {
  title       = "Istio"
  description = "Service mesh: mutual TLS between the platform's parts, and the gateway users come in by."
  replicated  = ["istiod", "istio-ingressgateway"]
  namespace   = "istio-system"
  editions    = ["mini", "enterprise"]

  # istiod puts its root certificate into every namespace, for proxies that may start there.
  leaves "ConfigMap" {
    name   = "istio-ca-root-cert"
    labels = { "istio.io/config" = "true" }
  }
}

variable "min_replicas" {
  description = "Fewest replicas of istiod and of the ingress gateway."
  type        = number
  default     = 1
}
variable "max_replicas" {
  description = "Most replicas the autoscaler may make of each."
  type        = number
  default     = 5
}
variable "access_log" {
  description = "File the proxies write a line to for each request; empty for none."
  type        = string
  default     = "/dev/stdout"
}
variable "pilot_cpu" {
  type    = string
  default = "500m"
}
variable "pilot_memory" {
  type    = string
  default = "2048Mi"
}
variable "sidecar_cpu" {
  description = "CPU each sidecar requests; it counts against the quotas of users' namespaces."
  type        = string
  default     = "100m"
}
variable "sidecar_memory" {
  type    = string
  default = "128Mi"
}
variable "sidecar_cpu_limit" {
  type    = string
  default = "2000m"
}
variable "sidecar_memory_limit" {
  type    = string
  default = "1024Mi"
}
# From Istio 1.26 on.
variable "cni_bin_directory" {
  description = "Directory of the nodes with their network plugins; k3s, RKE2 and OpenShift have others than most."
  type        = string
  default     = "/opt/cni/bin"
}
variable "cni_configuration_directory" {
  description = "Directory of the nodes with their network plugins' configuration."
  type        = string
  default     = "/etc/cni/net.d"
}

# What people's requests come through, and who it is towards the programs behind it.
gateway {
  service = "istio-system/istio-ingressgateway"
}
export "gateway_principal" {
  value = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
}

# The injector wants the parts of the proxy's image apart: <hub>/<name>:<tag>.
locals {
  proxy_image = regex("^(?P<hub>.+)/(?P<name>[^/:]+):(?P<tag>[^/]+)$", image.proxy)
  proxy_hub   = local.proxy_image.hub
  proxy_name  = local.proxy_image.name
  proxy_tag   = local.proxy_image.tag
}
