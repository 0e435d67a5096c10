component {
  title       = "Ray"
  description = "The KubeRay operator: Ray clusters, jobs and services given as objects."
  replicated  = ["kuberay-operator"]
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  # With Volcano it looks for the kind PodGroup when it starts.
  after    = ["volcano"]
  editions = []
}

variable "memory" {
  description = "Memory limit of the operator; some 500 clusters need 500Mi."
  type        = string
  default     = "512Mi"
}
