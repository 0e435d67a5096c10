# Kubeflow Mini on a cluster that exists: the one of the current kubeconfig context, or of KUBECONFIG.
#
#   export STACKWRIGHT_VAR_admin_password=…
#   stackwright plan
#   stackwright apply

stackwright {
  required_version = ">= 0.1"
  installation     = "mini"
}

variable "admin_password" {
  description = "Log-in password of the platform's administrator."
  type        = string
  sensitive   = true
}

provider "kubernetes" {
  # kubeconfig = "~/.kube/config"
  # context    = "prod"
}

cluster "main" {
  provider = kubernetes
}

platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"

  admin {
    email    = "admin@example.com"
    password = var.admin_password
  }

  endpoint {
    type = "node_port"
    port = 31390
    tls  = "self_signed"
  }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
