component {
  title       = "Notebook controller"
  description = "Runs Notebook objects: a StatefulSet, a Service and a route each; stops idle ones when asked to."
  alone = {
    "notebook-controller-deployment" = "it elects no leader as upstream starts it"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway"]
  editions    = ["mini", "enterprise"]
}

variable "culling" {
  description = "Whether idle Jupyter notebooks are stopped. Their volumes stay."
  type        = bool
  default     = false
}
variable "idle_minutes" {
  description = "How long a notebook must be idle before it is stopped, in minutes."
  type        = number
  default     = 1440
}
variable "check_minutes" {
  description = "How often notebooks are asked whether they are idle, in minutes."
  type        = number
  default     = 1
}
