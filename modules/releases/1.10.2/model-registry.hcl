release "1.10.2" {
  component "model-registry" {
    version = "0.2.19"
    images = {
      server = "ghcr.io/kubeflow/model-registry/server:v0.2.19"
      mysql  = "mysql:8.3.0"
    }
  }
}
