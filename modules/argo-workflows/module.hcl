component {
  title       = "Argo Workflows"
  description = "Runs the steps of a pipeline as pods, one after the other or side by side; Kubeflow Pipelines is built on it."
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
}
