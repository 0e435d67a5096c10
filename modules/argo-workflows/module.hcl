component {
  title       = "Argo Workflows"
  description = "Runs the steps of a pipeline as pods, one after the other or side by side; Kubeflow Pipelines is built on it."
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
}

variable "bucket" {
  description = "Bucket of the object store for logs and what steps hand on. Pipelines makes it; both must name the same."
  type        = string
  default     = "mlpipeline"
}
