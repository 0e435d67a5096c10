release "1.8.1" {
  component "users" { version = "1.8.1" }
}
