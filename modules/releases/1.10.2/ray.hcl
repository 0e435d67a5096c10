release "1.10.2" {
  component "ray" {
    version = "1.3.2"
    images  = { operator = "quay.io/kuberay/operator:v1.3.2" }
  }
}
