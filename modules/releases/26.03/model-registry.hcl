release "26.03" {
  component "model-registry" {
    version = "0.3.7"
    images = {
      server = "ghcr.io/kubeflow/model-registry/server:v0.3.7"
      ui     = "ghcr.io/kubeflow/model-registry/ui:v0.3.7"
      # Upstream takes whatever is newest.
      controller = "ghcr.io/kubeflow/model-registry/controller:v0.3.7"
    }
  }
  component "model-catalog" {
    version = "0.3.7"
    images = {
      server   = "ghcr.io/kubeflow/model-registry/server:v0.3.7"
      postgres = "postgres:17.6"
    }
  }
}
