release "1.11.0" {
  component "model-registry" {
    version = "0.3.4"
    images = {
      server         = "ghcr.io/kubeflow/model-registry/server:v0.3.4"
      metadata_store = null
      ui             = "ghcr.io/kubeflow/model-registry/ui:v0.3.4"
    }
  }
}
