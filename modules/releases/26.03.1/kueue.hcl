release "26.03.1" {
  component "kueue" {
    version = "0.17.8" # speaks with Trainer 2.2
    images  = { manager = "registry.k8s.io/kueue/kueue:v0.17.8" }
  }
}
