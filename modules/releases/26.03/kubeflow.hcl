release "26.03" {
  component "kubeflow" {
    version = "26.03"
  }
}
