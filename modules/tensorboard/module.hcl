component {
  title       = "TensorBoard"
  description = "Runs TensorBoard for logs in volumes or object stores, with the web application where users make them."
  replicated  = ["tensorboards-web-app-deployment"]
  alone = {
    "tensorboard-controller-deployment" = "it elects no leader as upstream starts it"
  }
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
