release "1.9.1" {
  component "poddefaults" {
    version = "1.9.2"
    images = {
      webhook = "docker.io/kubeflownotebookswg/poddefaults-webhook:v1.9.2"
    }
  }
}
