release "1.10.2" {
  # The last version under a free licence knows Kubernetes up to 1.24.
  component "seldon-core" { present = false }
}
