variable "size" {
  type = number
}
variable "must" {}

storage_class "x" {
  clusta = 1
}

output "o" {
  value = var.siez
}
