component {
  title       = "Metacontroller"
  description = "Runs controllers that are only a function from what is there to what shall be; Kubeflow Pipelines has one for users' namespaces."
  alone = {
    "metacontroller" = "it elects no leader as upstream starts it"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
}
