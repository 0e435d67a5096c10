release "1.8.1" {
  component "dashboard" {
    version = "1.8.0"
    images  = { dashboard = "docker.io/kubeflownotebookswg/centraldashboard:v1.8.0" }
  }
}
