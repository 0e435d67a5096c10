stackwright {
  installation = "prod"
}

variable "password" {
  type      = string
  sensitive = true
}

variable "unused" {
  type    = string
  default = "hunter2-never-shown"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

locals {
  provisioner = "sandbox.stackwright.io/disk"
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = local.provisioner
}

storage_class "slow" {
  for_each    = { "a \"quoted\" \\ key" = "slow-a", "b" = "slow-b" }
  name        = each.value
  cluster     = cluster.main
  provisioner = local.provisioner
  depends_on  = [storage_class.fast]
}

module "team" {
  source  = "./team"
  cluster = cluster.main
  secret  = var.password
}

output "made" {
  value = module.team.made
}
