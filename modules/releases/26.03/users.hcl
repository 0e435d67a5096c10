release "26.03" {
  component "users" { version = "26.03" }
}
