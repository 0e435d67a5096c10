release "1.9.1" {
  component "notebook-controller" {
    version = "1.9.2"
    images = {
      controller = "docker.io/kubeflownotebookswg/notebook-controller:v1.9.2"
    }
  }
}
