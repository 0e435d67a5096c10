component {
  title       = "Profiles"
  description = "Makes a namespace with roles, quota and mesh policy for each Profile, and manages contributors (kfam)."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway"]
  editions    = ["mini", "enterprise"]

  # Its controller writes no status: what it makes tells that it is done.
  readiness "Profile.kubeflow.org" {
    creates = ["Namespace {name}", "RoleBinding.rbac.authorization.k8s.io {name}/namespaceAdmin"]
    holds   = "Namespace {name}"
    # Those of namespace-labels.yaml, and the mesh's, which the controller itself puts on.
    held_labels = merge({
      "app.kubernetes.io/part-of"                      = "kubeflow-profile"
      "istio-injection"                                = "enabled"
      "katib.kubeflow.org/metrics-collector-injection" = "enabled"
      "pipelines.kubeflow.org/enabled"                 = "true"
      "serving.kubeflow.org/inferenceservice"          = "enabled"
    }, var.namespace_labels)
  }
}

variable "namespace_labels" {
  description = "Further labels for each profile's namespace; an empty value takes a label off."
  type        = map(string)
  default     = {}
}

locals {
  # What 1.10 put on users' namespaces, and what 2.0 changed, does not hold yet.
  namespace_labels = input.namespace_labels
  is_renamed       = false
  pods             = { "kustomize.component" = "profiles" }
}
