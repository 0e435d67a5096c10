release "1.8.1" {
  follows    = "1.9.1"
  kubernetes = { min = "1.24", max = "1.27" }
}
