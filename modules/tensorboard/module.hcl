component {
  title       = "TensorBoard"
  description = "Runs TensorBoard for logs in volumes or object stores, with the web application where users make them."
  namespace   = "kubeflow"
  # The form offers PodDefaults and fails without the kind.
  requires = ["kubeflow", "kubeflow-gateway", "poddefaults"]
  editions = ["mini", "enterprise"]
}

menu "TensorBoards" {
  order = 20
  link  = "/tensorboards/"
  icon  = "assessment"
}

variable "single_node_volumes" {
  description = "Whether a TensorBoard runs on the node where its ReadWriteOnce volume is mounted already. Not needed when all volumes can be mounted by several nodes."
  type        = bool
  default     = true
}
