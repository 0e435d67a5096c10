component {
  title       = "Metacontroller"
  description = "Runs controllers that are only a function from what is there to what shall be; Kubeflow Pipelines has one for users' namespaces."
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
}
