release "1.9.1" {
  component "dashboard" {
    version = "1.9.2"
    images = {
      dashboard = "docker.io/kubeflownotebookswg/centraldashboard:v1.9.2"
    }
  }
}
