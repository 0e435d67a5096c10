release "1.9.1" {
  component "profiles" {
    version = "1.9.2"
    images = {
      controller = "docker.io/kubeflownotebookswg/profile-controller:v1.9.2"
      kfam       = "docker.io/kubeflownotebookswg/kfam:v1.9.2"
    }
  }
}
