component {
  title       = "Profiles"
  description = "Makes a namespace with roles, quota and mesh policy for each Profile, and manages contributors (kfam)."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway"]
  editions    = ["mini", "enterprise"]

  # Its controller writes no status: what it makes tells that it is done.
  readiness "Profile.kubeflow.org" {
    creates = ["Namespace {name}", "RoleBinding.rbac.authorization.k8s.io {name}/namespaceAdmin"]
  }
}

variable "namespace_labels" {
  description = "Further labels for each profile's namespace; an empty value takes a label off."
  type        = map(string)
  default     = {}
}
