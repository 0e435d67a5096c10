release "26.03" {
  component "node-feature-discovery" {
    version = "0.18.3"
    images  = { nfd = "registry.k8s.io/nfd/node-feature-discovery:v0.18.3" }
  }
}
