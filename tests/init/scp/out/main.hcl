# Written by `stackwright init`; from here on it is yours to edit. `stackwright plan` shows what a change means.

stackwright {
  installation = "mlops-prod"
}

variable "admin_password" {
  description = "Log-in password of the administrator."
  type        = string
  sensitive   = true
}

provider "scp" {
  region = "kr-west1"
}

cluster "main" {
  provider           = scp
  name               = "mlops-prod"
  kubernetes_version = "v1.31.8"
  file_storage       = "nfs_01"

  network {
    vpc             = "vpc1"
    subnet          = "sub1"
    security_groups = ["mlops-sg", "other"]
  }
}

node_pool "cpu" {
  cluster     = cluster.main
  server_type = "s1v16m64"
  os          = "ubuntu"
  os_version  = "22.04"
  keypair     = "mlops-key"

  autoscaling {
    min = 3
    max = 9
  }

  block_storage {
    size_gb = 200
  }
}

node_pool "gpu" {
  cluster     = cluster.main
  server_type = "g1v16a1"
  node_count  = 1
  os          = "rhel"
  os_version  = "9.4"
  keypair     = "mlops-key"
  gpu_driver  = "ND_570.195.03"

  block_storage {
    size_gb = 400
  }
}

platform "ml" {
  cluster = cluster.main
  edition = "enterprise"
  version = "1.9.1"

  admin {
    email    = "admin@example.com"
    password = var.admin_password
  }

  endpoint {
    type = "load_balancer"
  }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
