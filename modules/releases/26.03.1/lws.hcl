release "26.03.1" {
  component "lws" {
    version = "0.8.0"
    images  = { manager = "registry.k8s.io/lws/lws:v0.8.0" }
  }
}
