stackwright {
  installation = "prod"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

variable "size" {
  type    = number
  default = "large"
}

variable "size" {
  type = number
}

variable "zone" {
  type    = string
  default = "a"

  validation {
    condition     = contains(["a", "b"], var.zone)
    error_message = "The zone must be a or b."
  }
}

locals {
  a = local.b
  b = local.a
  c = var.sise
  d = upper()
  e = "x" + 1
  f = lengt("x")
  g = [1, 2][5]
  h = { a = 1 }.b
  i = null.x
  j = storage_class.fats.provisioner
  k = "${path.modul}"
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = local.e
  for_each    = ["a", "b"]
}

storage_class "slow" {
  cluster     = cluster.main
  provisioner = "p"
  count       = -1
}

storage_class "slow" {
  cluster     = cluster.main
  provisioner = "p"
}

resource "aws_instance" "x" {}

output "x" {
  vale = 1
}
