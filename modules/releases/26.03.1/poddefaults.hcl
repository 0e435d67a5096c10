release "26.03.1" {
  component "poddefaults" {
    version = "2.0.0"
    images  = { webhook = "ghcr.io/kubeflow/dashboard/poddefaults-webhook:v2.0.0" }
  }
}
