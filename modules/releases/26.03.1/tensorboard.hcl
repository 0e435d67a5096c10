release "26.03.1" {
  component "tensorboard" {
    version = "1.11.0"
    images = {
      controller = "ghcr.io/kubeflow/notebooks/tensorboard-controller:v1.11.0"
      web_app    = "ghcr.io/kubeflow/notebooks/tensorboards-web-app:v1.11.0"
    }
  }
}
