release "1.9.1" {
  component "users" {
    version = "1.9.1"
  }
}
