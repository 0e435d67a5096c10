stackwright {
  installation = "many"
}

cluster "main" {
  provider = sandbox
}

variable "numbers" {
  default = 12
}

storage_class "fast" {
  for_each    = toset([for number in range(var.numbers) : format("%02d", number)])
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}

storage_class "slow" {
  for_each    = toset(["a", "b"])
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
