release "26.03.1" {
  component "hami" {
    images = { kube_scheduler = "registry.k8s.io/kube-scheduler:v1.34.0" }
  }
}
