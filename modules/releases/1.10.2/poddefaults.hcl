release "1.10.2" {
  component "poddefaults" {
    version = "1.10.0"
    images  = { webhook = "ghcr.io/kubeflow/kubeflow/poddefaults-webhook:v1.10.0" }
  }
}
