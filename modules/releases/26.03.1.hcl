release "26.03.1" {
  follows    = "26.03"
  kubernetes = { min = "1.34", max = "1.36" }
}
