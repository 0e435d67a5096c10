locals {
  class = "first of ${var.class}"
}

storage_class "fast" {
  provisioner = "example.com/other"

  lifecycle {
    prevent_destroy = false
  }
}
