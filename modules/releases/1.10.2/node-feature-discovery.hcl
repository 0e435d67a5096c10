release "1.10.2" {
  component "node-feature-discovery" {
    version = "0.18.2"
    images  = { nfd = "registry.k8s.io/nfd/node-feature-discovery:v0.18.2" }
  }
}
