release "1.10.2" {
  component "network-policies" {
    version = "1.10.2"
  }
}
