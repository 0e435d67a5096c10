release "1.0" {
  edition "mini" {
    cpu       = 1
    memory_gb = 1
    nodes     = 1
  }
  component "widgets" {
    version = "1.0"
    images  = { server = "registry.example/server:1" }
  }
}
