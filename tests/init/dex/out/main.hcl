# Written by `stackwright init`; from here on it is yours to edit. `stackwright plan` shows what a change means.
# Connector "Corporate directory" of type ldap is not taken over: this version has no connectors.
# The hash of bob@example.com is not taken over: it is not a bcrypt hash, which looks like $2y$12$ and 53 more characters; the password is a variable.

stackwright {
  installation = "first"
}

variable "admin_hash" {
  description = "In secrets.auto.hclvars: bcrypt hash of the password of the administrator."
  type        = string
  sensitive   = true
}

variable "alice_smith_hash" {
  description = "In secrets.auto.hclvars: bcrypt hash of the password of alice-smith."
  type        = string
  sensitive   = true
}

variable "bob_password" {
  description = "Log-in password of bob."
  type        = string
  sensitive   = true
}

cluster "main" {
  provider           = sandbox
  kubernetes_version = "1.36"
}

platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "26.03.1"

  admin {
    email = "user@example.com"
    hash  = var.admin_hash
  }
}

user "alice-smith" {
  platform = platform.ml
  email    = "alice.smith@example.com"
  hash     = var.alice_smith_hash
  user_id  = "alice"
}

user "bob" {
  platform = platform.ml
  email    = "bob@example.com"
  password = var.bob_password
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
