release "1.11.0" {
  component "volcano" {
    version = "1.14.4"
    images = {
      scheduler  = "docker.io/volcanosh/vc-scheduler:v1.14.4"
      controller = "docker.io/volcanosh/vc-controller-manager:v1.14.4"
      admission  = "docker.io/volcanosh/vc-webhook-manager:v1.14.4"
    }
  }
}
