release "1.8.1" {
  component "notebook-controller" {
    version = "1.8.0"
    images  = { controller = "docker.io/kubeflownotebookswg/notebook-controller:v1.8.0" }
  }
}
