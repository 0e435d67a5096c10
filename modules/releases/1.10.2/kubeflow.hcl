release "1.10.2" {
  component "kubeflow" {
    version = "1.10.2"
  }
}
