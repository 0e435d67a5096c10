release "1.9.1" {
  component "hami" {
    version = "2.10.0"
    images = {
      hami = "docker.io/projecthami/hami:v2.10.0"
      # Of the oldest Kubernetes of the release: a scheduler may be older than its cluster, not newer. Upstream takes a copy in
      # a registry of its own cloud.
      kube_scheduler = "registry.k8s.io/kube-scheduler:v1.29.15"
    }
  }
}
