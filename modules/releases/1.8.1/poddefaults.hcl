release "1.8.1" {
  component "poddefaults" {
    version = "1.8.0"
    images  = { webhook = "docker.io/kubeflownotebookswg/poddefaults-webhook:v1.8.0" }
  }
}
