release "26.03.1" {
  component "kubeflow" {
    version = "26.03.1"
  }
}
