component {
  title       = "JobSet"
  description = "Runs groups of jobs as one: what Trainer makes of a training job."
  replicated  = ["jobset-controller-manager"]
  namespace   = "kubeflow-system"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
}

locals {
  # Its pods had other labels until 0.11: one that tells it from nothing else in the namespace.
  pods = merge({ "control-plane" = "controller-manager" }, startswith(component.version, "0.10.") ? {} : {
    "app.kubernetes.io/instance"   = "jobset"
    "app.kubernetes.io/managed-by" = "kustomize"
    "app.kubernetes.io/name"       = "jobset"
  })
}
