release "1.10.2" {
  component "volcano" {
    version = "1.13.3"
    images = {
      scheduler  = "docker.io/volcanosh/vc-scheduler:v1.13.3"
      controller = "docker.io/volcanosh/vc-controller-manager:v1.13.3"
      admission  = "docker.io/volcanosh/vc-webhook-manager:v1.13.3"
    }
  }
}
