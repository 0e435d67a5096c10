release "1.11.0" {
  component "kubeflow" {
    version = "1.11.0"
  }
}
