release "1.8.1" {
  component "kubeflow" {
    version = "1.8.1"
  }
}
