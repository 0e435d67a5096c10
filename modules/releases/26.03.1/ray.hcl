release "26.03.1" {
  component "ray" {
    version = "1.6.2"
    images  = { operator = "quay.io/kuberay/operator:v1.6.2" }
  }
}
