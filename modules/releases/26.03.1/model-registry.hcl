release "26.03.1" {
  component "model-registry" {
    version = "0.3.9"
    images = {
      server = "ghcr.io/kubeflow/hub/server:v0.3.9"
      ui     = "ghcr.io/kubeflow/hub/ui:v0.3.9"
      # Upstream takes whatever is newest.
      controller = "ghcr.io/kubeflow/hub/controller:v0.3.9"
    }
  }
  component "model-catalog" {
    version = "0.3.9"
    images  = { server = "ghcr.io/kubeflow/hub/server:v0.3.9" }
  }
}
