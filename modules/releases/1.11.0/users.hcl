release "1.11.0" {
  component "users" { version = "1.11.0" }
}
