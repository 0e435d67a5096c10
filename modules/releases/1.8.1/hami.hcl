release "1.8.1" {
  component "hami" {
    images = { kube_scheduler = "registry.k8s.io/kube-scheduler:v1.24.17" }
  }
}
