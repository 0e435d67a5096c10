release "1.11.0" {
  component "kueue" {
    version = "0.16.9" # speaks with Trainer 2.1
    images  = { manager = "registry.k8s.io/kueue/kueue:v0.16.9" }
  }
}
