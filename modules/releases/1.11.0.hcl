release "1.11.0" {
  follows    = "1.10.2"
  kubernetes = { min = "1.30", max = "1.34" }
}
