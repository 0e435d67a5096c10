release "26.03.1" {
  component "network-policies" {
    version = "26.03.1"
  }
}
