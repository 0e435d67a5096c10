stackwright {
  installation = "prod"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

variable "server" {
  type = string
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
  parameters  = { server = var.server }
}

output "server" {
  value = var.server
}
