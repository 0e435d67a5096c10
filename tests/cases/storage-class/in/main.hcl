stackwright {
  installation = "small"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
  default     = true
}

output "class" {
  value = storage_class.fast.provisioner
}
