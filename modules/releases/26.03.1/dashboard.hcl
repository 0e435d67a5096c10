release "26.03.1" {
  component "dashboard" {
    version = "2.0.0"
    images  = { dashboard = "ghcr.io/kubeflow/dashboard/dashboard:v2.0.0" }
  }
}
