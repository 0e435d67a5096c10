stackwright {
  installation = "prod"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

locals {
  a = local.b
  b = local.c
  c = local.a
}

storage_class "a" {
  cluster     = cluster.main
  provisioner = "p"
  depends_on  = [storage_class.b]
}

storage_class "b" {
  cluster     = cluster.main
  provisioner = "p"
  depends_on  = [storage_class.a]
}

module "m" {
  source = "./m"
  x      = module.m.y
}

variable "v" {
  default = var.v
}
