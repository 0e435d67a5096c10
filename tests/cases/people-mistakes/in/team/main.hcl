variable "platform" {}
variable "name" {
  default = "zoe"
}

user "head" {
  platform = var.platform
  name     = var.name
  email    = "${var.name}@example.com"
  hash     = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"
}
