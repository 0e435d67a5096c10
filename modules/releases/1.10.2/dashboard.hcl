release "1.10.2" {
  component "dashboard" {
    version = "1.10.0"
    images  = { dashboard = "ghcr.io/kubeflow/kubeflow/central-dashboard:v1.10.0" }
  }
}
