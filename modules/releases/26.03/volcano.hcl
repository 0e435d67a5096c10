release "26.03" {
  component "volcano" {
    version = "1.15.1"
    images = {
      scheduler  = "docker.io/volcanosh/vc-scheduler:v1.15.1"
      controller = "docker.io/volcanosh/vc-controller-manager:v1.15.1"
      admission  = "docker.io/volcanosh/vc-webhook-manager:v1.15.1"
    }
  }
}
