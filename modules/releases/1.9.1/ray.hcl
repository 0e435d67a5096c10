release "1.9.1" {
  component "ray" {
    version = "1.1.1"
    images = {
      operator = "quay.io/kuberay/operator:v1.1.1"
    }
  }
}
