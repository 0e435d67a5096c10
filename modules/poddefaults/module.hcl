component {
  title       = "PodDefaults"
  description = "Adds what a namespace's PodDefault objects say (environment, volumes, tolerations, …) to its new pods."
  replicated  = ["${local.name}-deployment"]
  namespace   = "kubeflow"
  requires    = ["kubeflow", "cert-manager"]
  editions    = ["mini", "enterprise"]
}

locals {
  # Until 2.0 its objects went by another name, and its pods had other labels.
  is_renamed = !startswith(component.version, "1.")
  name       = local.is_renamed ? "poddefaults-webhook" : "admission-webhook"
  pods = local.is_renamed ? {
    "app"                          = "poddefaults"
    "app.kubernetes.io/component"  = "poddefaults"
    "app.kubernetes.io/managed-by" = "kustomize"
    "app.kubernetes.io/name"       = "poddefaults-webhook"
    "app.kubernetes.io/part-of"    = "kubeflow-dashboard"
    } : {
    "app"                         = "poddefaults"
    "app.kubernetes.io/component" = "poddefaults"
    "app.kubernetes.io/name"      = "poddefaults"
    "kustomize.component"         = "poddefaults"
  }
}
