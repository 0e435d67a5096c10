release "1.10.2" {
  follows    = "1.9.1"
  kubernetes = { min = "1.29", max = "1.33" }
}
