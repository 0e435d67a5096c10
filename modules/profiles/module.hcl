component {
  title       = "Profiles"
  description = "Makes a namespace with roles, quota and mesh policy for each Profile, and manages contributors (kfam)."
  replicated  = local.is_renamed ? ["profiles-deployment"] : []
  alone = {
    "profiles-deployment" = "it elects no leader as upstream starts it"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway"]
  editions    = ["mini", "enterprise"]

  # Its controller writes no status: what it makes tells that it is done.
  readiness "Profile.kubeflow.org" {
    creates = ["Namespace {name}", "RoleBinding.rbac.authorization.k8s.io {name}/namespaceAdmin"]
    holds   = "Namespace {name}"
    # It takes a namespace that is there only where this is the profile's owner.
    owner_annotation = "owner"
    owner_field      = "spec.owner.name"
    # Those of namespace-labels.yaml, and the mesh's, which the controller itself puts on.
    held_labels = merge({
      "app.kubernetes.io/part-of"                      = "kubeflow-profile"
      "istio-injection"                                = "enabled"
      "katib.kubeflow.org/metrics-collector-injection" = "enabled"
      "pipelines.kubeflow.org/enabled"                 = "true"
      "serving.kubeflow.org/inferenceservice"          = "enabled"
    }, local.namespace_labels)
  }
}

variable "namespace_labels" {
  description = "Further labels for each profile's namespace; an empty value takes a label off."
  type        = map(string)
  default     = {}
}

locals {
  # From 1.10 on Kubernetes refuses pods there that reach into the node, unless somebody wants it otherwise.
  enforced         = can(regex("^1[.][89][.]", component.version)) ? {} : { "pod-security.kubernetes.io/enforce" = "baseline" }
  namespace_labels = merge(local.enforced, var.namespace_labels)
  # From 2.0 on the parts of the dashboard have these labels.
  is_renamed = !startswith(component.version, "1.")
  pods = local.is_renamed ? {
    "app"                          = "profile-controller"
    "app.kubernetes.io/component"  = "controller-manager"
    "app.kubernetes.io/managed-by" = "kustomize"
    "app.kubernetes.io/name"       = "profile-controller"
    "app.kubernetes.io/part-of"    = "kubeflow-dashboard"
  } : { "kustomize.component" = "profiles" }
}
