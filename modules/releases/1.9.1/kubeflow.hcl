release "1.9.1" {
  component "kubeflow" {
    version = "1.9.1"
    images  = {}
  }
}
