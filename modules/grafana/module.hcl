component {
  title       = "Grafana"
  description = "Dashboards of what Prometheus measures: nodes, workloads, volumes, the control plane, the platform and its users, training jobs, GPUs and Volcano's queues."
  alone = {
    "grafana" = "it keeps what is set in a file"
  }
  namespace   = "monitoring"
  requires    = ["prometheus"]
  after       = ["gpu-operator"]
  editions    = ["mini", "enterprise"]
  when        = platform.gpu.monitoring
}

variable "timezone" {
  description = "In which times are shown: UTC, browser, or a name as Asia/Seoul."
  type        = string
  default     = "UTC"

  validation {
    condition     = can(regex("^[A-Za-z0-9_+/-]+$", var.timezone))
    error_message = "A time zone is UTC, browser, or a name as Asia/Seoul."
  }
}

generated "admin_password" {
  secret  = "monitoring/grafana-admin"
  key     = "password"
  length  = 24
  renewal = "Grafana's administrator logs in with the new password."
}

locals {
  # Where the platform's own programs run, as a pattern; the other namespaces are the users' and the cluster's.
  platform_namespaces = join("|", concat(
    ["auth|cert-manager|gpu-operator|istio-system|knative-eventing|knative-serving|kubeflow|monitoring|mpi-operator|nvidia-network-operator|oauth2-proxy|seldon-system|volcano-system"],
    contains(enabled, "keda") ? ["keda"] : [],
    contains(enabled, "kueue") ? ["kueue-system"] : [],
    contains(enabled, "lws") ? ["lws-system"] : [],
  ))
  # One file each in the templates' folder "dashboards".
  dashboards = concat([
    "alertmanager-overview", "apiserver", "cluster-total", "controller-manager", "grafana-overview", "k8s-resources-cluster",
    "k8s-resources-namespace", "k8s-resources-node", "k8s-resources-pod", "k8s-resources-workload",
    "k8s-resources-workloads-namespace", "kubelet", "namespace-by-pod", "namespace-by-workload", "node-cluster-rsrc-use",
    "node-rsrc-use", "nodes", "persistentvolumesusage", "platform", "pod-total", "prometheus", "proxy", "scheduler", "workload-total",
    ],
    tonumber(split(".", component.version)[0]) >= 13 ? ["k8s-resources-nodes-overview"] : [],
    contains(enabled, "gpu-operator") ? ["gpu"] : [],
    contains(enabled, "volcano") ? ["volcano"] : [],
    contains(enabled, "training-operator") ? ["jobs"] : [],
  )
}
