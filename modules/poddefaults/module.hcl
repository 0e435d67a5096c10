component {
  title       = "PodDefaults"
  description = "Adds what a namespace's PodDefault objects say (environment, volumes, tolerations, …) to its new pods."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "cert-manager"]
  editions    = ["mini", "enterprise"]
}
