variable "cluster" {}

variable "secret" {
  sensitive = true
}

storage_class "own" {
  cluster     = var.cluster
  provisioner = "sandbox.stackwright.io/disk"
  parameters  = { note = nonsensitive(sha256(var.secret)) }
}

output "made" {
  value = "own"
}
