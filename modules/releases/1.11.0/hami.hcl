release "1.11.0" {
  component "hami" {
    images = { kube_scheduler = "registry.k8s.io/kube-scheduler:v1.30.14" }
  }
}
