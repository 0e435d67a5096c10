release "26.03.1" {
  component "model-registry" {
    version = "0.3.9"
    images = {
      server = "ghcr.io/kubeflow/hub/server:v0.3.9"
      ui     = "ghcr.io/kubeflow/hub/ui:v0.3.9"
    }
  }
  component "model-catalog" {
    version = "0.3.9"
    images  = { server = "ghcr.io/kubeflow/hub/server:v0.3.9" }
  }
}
