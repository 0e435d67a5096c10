# Written by `stackwright init`; from here on it is yours to edit. `stackwright plan` shows what a change means.

stackwright {
  installation = "prod"
}

variable "admin_hash" {
  description = "In secrets.auto.hclvars: bcrypt hash of the password of the administrator."
  type        = string
  sensitive   = true
}

variable "user_1st_ai_hash" {
  description = "In secrets.auto.hclvars: bcrypt hash of the password of 1st-ai."
  type        = string
  sensitive   = true
}

variable "user_admin_password" {
  description = "Log-in password of admin."
  type        = string
  sensitive   = true
}

variable "alice_password" {
  description = "Log-in password of alice."
  type        = string
  sensitive   = true
}

variable "carol_password" {
  description = "Log-in password of carol."
  type        = string
  sensitive   = true
}

provider "sandbox" {
  nodes = 4
}

cluster "main" {
  provider = sandbox
}

platform "ml" {
  cluster = cluster.main
  edition = "enterprise"
  version = "1.9.1"
  tags    = { env = "prod", team = "ml" }

  admin {
    email = "Root@example.com"
    hash  = var.admin_hash
  }

  endpoint {
    tls  = "none"
    host = "ml.example.com"
  }

  registry {
    mirror = "registry.corp.example/mlops"
  }

  component "katib" {
    enabled = false
  }
}

user "n-1st-ai" {
  name     = "1st-ai"
  platform = platform.ml
  email    = "first@example.com"
  hash     = var.user_1st_ai_hash

  profile {}
}

user "admin" {
  platform = platform.ml
  email    = "other@example.com"
  password = var.user_admin_password

  profile {}
}

user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  password = var.alice_password

  profile {
    quota = { cpu = "16", memory = "64Gi", "nvidia.com/gpu" = "1" }
  }
}

user "carol" {
  platform = platform.ml
  email    = "carol@example.com"
  password = var.carol_password
}

profile "audio" {
  platform = platform.ml
  owner    = "dave@example.com"
}

profile "vision" {
  platform     = platform.ml
  owner        = user.alice
  contributors = { "bob@example.com" = "edit" }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
