release "26.03.1" {
  component "users" { version = "26.03.1" }
}
