variable "platform" {}
variable "number" {
  type = number
}
user "guest" {
  platform = var.platform
  email    = "guest-${var.number}@example.com"
  hash     = "$2y$12$abcdefghijklmnopqrstuuI9EaTRh8sX0h6AlpZXbzWVmCnGnFNyO"
  name     = "guest-${var.number}"

  profile {}
}
