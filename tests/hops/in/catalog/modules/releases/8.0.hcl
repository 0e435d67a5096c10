release "8.0" {
  follows    = "3.0"
  kubernetes = { min = "1.99" }

  hop {
    from = "3.0"
  }
}
