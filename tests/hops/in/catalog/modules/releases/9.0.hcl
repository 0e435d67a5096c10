release "9.0" {
  follows = "3.0"
}
