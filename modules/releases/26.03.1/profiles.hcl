release "26.03.1" {
  component "profiles" {
    version = "2.0.0"
    images = {
      controller = "ghcr.io/kubeflow/dashboard/profile-controller:v2.0.0"
      kfam       = "ghcr.io/kubeflow/dashboard/access-management:v2.0.0"
    }
  }
}
