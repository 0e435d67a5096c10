release "1.11.0" {
  component "lws" {
    version = "0.7.0"
    images  = { manager = "registry.k8s.io/lws/lws:v0.7.0" }
  }
}
