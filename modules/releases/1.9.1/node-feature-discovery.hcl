release "1.9.1" {
  component "node-feature-discovery" {
    version = "0.16.6"
    images = {
      nfd = "registry.k8s.io/nfd/node-feature-discovery:v0.16.6"
    }
  }
}
