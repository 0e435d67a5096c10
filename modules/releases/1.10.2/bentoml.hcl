release "1.10.2" {
  # Upstream dropped it; nobody develops it.
  component "bentoml" { present = false }
}
