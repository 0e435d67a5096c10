component {
  title       = "Cluster-local gateway"
  description = "Gateway for calls between services inside the cluster; Knative and KServe route their internal addresses through it."
  replicated  = ["cluster-local-gateway"]
  namespace   = "istio-system"
  requires    = ["istio"]
  editions    = ["mini", "enterprise"]
}

variable "min_replicas" {
  type    = number
  default = 1
}
variable "max_replicas" {
  type    = number
  default = 5
}
