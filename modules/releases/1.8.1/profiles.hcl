release "1.8.1" {
  component "profiles" {
    version = "1.8.0"
    images = {
      controller = "docker.io/kubeflownotebookswg/profile-controller:v1.8.0"
      kfam       = "docker.io/kubeflownotebookswg/kfam:v1.8.0"
    }
  }
}
