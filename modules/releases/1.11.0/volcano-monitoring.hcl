release "1.11.0" {
  component "volcano-monitoring" {
    version = "1.14.4"
  }
}
