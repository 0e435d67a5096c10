release "1.8.1" {
  component "network-policies" { present = false }
}
