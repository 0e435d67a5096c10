release "2.0" {
  follows = "1.0"

  component "widgets" {
    version = "2.0"
    images  = { server = "registry.example/server:2" }
  }
}
