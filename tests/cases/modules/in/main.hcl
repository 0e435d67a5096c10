stackwright {
  installation = "prod"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}

module "a" {
  source = "./a"
  size   = "x"
  extra  = 1
}

module "b" {
  source = "./nowhere"
}

module "c" {
  source = "terraform-aws-modules/vpc/aws"
}
