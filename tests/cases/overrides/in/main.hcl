stackwright {
  installation = "overrides"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

variable "class" {
  type    = string
  default = "slow"

  validation {
    condition     = var.class != "refused"
    error_message = "Not this one."
  }
}

locals {
  class = var.class
  other = "as it was"
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "example.com/disk"
  parameters  = { kind = local.class }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [parameters]
  }
}

module "team" {
  source = "./team"
}

output "names" {
  description = "What came out."
  value       = "${local.class}, ${local.other}, ${module.team.name}"
}
