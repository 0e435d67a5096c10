component {
  title       = "Volcano monitoring"
  description = "A small Prometheus and Grafana of Volcano's own, for clusters without another: queues, jobs and what they use."
  alone = {
    "grafana"               = "it keeps what is set in a file"
    "kube-state-metrics"    = "two would count everything twice"
    "prometheus-deployment" = "it keeps measurements in a volume"
  }
  namespace   = "volcano-monitoring"
  requires    = ["volcano"]
  conflicts   = { "prometheus" = "both define the ClusterRole kube-state-metrics, and one Prometheus is enough: that one watches Volcano too" }
  editions    = []
}

variable "node_ports" {
  description = "Whether Prometheus (30003) and Grafana (30004) are opened on every node; Prometheus asks nobody who they are."
  type        = bool
  default     = false
}
variable "retention" {
  description = "For how long Prometheus keeps what it measured; it has no volume and forgets with its pod."
  type        = string
  default     = "15d"
}

generated "grafana_password" {
  secret  = "volcano-monitoring/grafana-admin"
  key     = "password"
  length  = 24
  renewal = "Grafana's administrator logs in with the new password."
}
