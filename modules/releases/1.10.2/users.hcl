release "1.10.2" {
  component "users" { version = "1.10.2" }
}
