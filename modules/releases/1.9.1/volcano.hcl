release "1.9.1" {
  component "volcano" {
    version = "1.10.0" # the first for Kubernetes 1.30
    images = {
      scheduler  = "docker.io/volcanosh/vc-scheduler:v1.10.0"
      controller = "docker.io/volcanosh/vc-controller-manager:v1.10.0"
      admission  = "docker.io/volcanosh/vc-webhook-manager:v1.10.0"
    }
  }
}
