component {
  title       = "Profiles"
  description = "Makes a namespace with roles, quota and mesh policy for each Profile, and manages contributors (kfam)."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway"]
  editions    = ["mini", "enterprise"]
}

variable "namespace_labels" {
  description = "Further labels for each profile's namespace; an empty value takes a label off."
  type        = map(string)
  default     = {}
}
