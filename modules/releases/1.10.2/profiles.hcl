release "1.10.2" {
  component "profiles" {
    version = "1.10.0"
    images = {
      controller = "ghcr.io/kubeflow/kubeflow/profile-controller:v1.10.0"
      kfam       = "ghcr.io/kubeflow/kubeflow/kfam:v1.10.0"
    }
  }
}
