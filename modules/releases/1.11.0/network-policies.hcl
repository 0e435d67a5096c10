release "1.11.0" {
  component "network-policies" {
    version = "1.11.0"
  }
}
