release "26.03" {
  component "network-policies" {
    version = "26.03"
  }
}
