release "1.8.1" {
  component "tensorboard" {
    version = "1.8.0"
    images = {
      controller = "docker.io/kubeflownotebookswg/tensorboard-controller:v1.8.0"
      web_app    = "docker.io/kubeflownotebookswg/tensorboards-web-app:v1.8.0"
    }
  }
}
