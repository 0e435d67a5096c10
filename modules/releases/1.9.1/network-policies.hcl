release "1.9.1" {
  component "network-policies" {
    version = "1.9.1"
    images  = {}
  }
}
