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

variable "name" {
  type        = string
  description = "Name of the team."
}

variable "token" {
  type      = string
  sensitive = true
}

variable "count_of" {
  type    = number
  default = 1
}

variable "email" {
  type    = string
  default = "a@example.com"

  validation {
    condition     = can(regex("@", var.email))
    error_message = "${var.email} is no e-mail address."
  }
}

output "name" {
  value = var.name
}
