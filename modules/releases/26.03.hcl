release "26.03" {
  follows    = "1.11.0"
  kubernetes = { min = "1.33", max = "1.35" }
}
