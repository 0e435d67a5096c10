# From nothing to a running platform on Samsung Cloud Platform: a Kubernetes cluster, its node pools, and the platform in it.
#
# VPC, subnet, security group, NFS file storage and key pair are there already: they are looked up by name or id, and never
# made. Keys come from the environment or from ~/.scpconf, as for the cloud's own tools:
#
#   export SCP_TF_AUTH_URL=https://iam.e.samsungsdscloud.com/v1 SCP_TF_ACCESS_KEY=… SCP_TF_SECRET_KEY=…
#   stackwright apply --chdir examples/scp
#
# To try it without an account, play the cloud on this machine and read the keys it wrote:
#
#   stackwright sandbox serve --cloud --chdir examples/scp          # in another terminal
#   . examples/scp/.stackwright/cloud/environment

stackwright {
  required_version = ">= 0.1"
  installation     = "mlops-prod"
}

variable "admin_address" {
  description = "The address from which this program reaches the cluster's public endpoint."
  type        = string
  default     = "203.0.113.7"
}

variable "kubernetes_version" {
  description = "Raise it to upgrade: the control plane first, then the node pools, one minor at a time."
  type        = string
  default     = "v1.31.8"
}

variable "most_nodes" {
  description = "How far the pool of the platform may grow."
  type        = number
  default     = 4
}

provider "scp" {
  region = "kr-west1"
}

cluster "main" {
  provider                     = scp
  name                         = "mlops-prod"
  kubernetes_version           = var.kubernetes_version
  file_storage                 = "nfs_01"
  control_plane_logging        = true
  public_endpoint_access_allow = var.admin_address
  tags                         = { team = "ml" }

  network {
    vpc             = "vpc1"
    subnet          = "sub1"
    security_groups = ["mlops-sg"]
  }
}

node_pool "cpu" {
  cluster     = cluster.main
  server_type = "s1v16m64"
  os          = "ubuntu"
  os_version  = "22.04"
  keypair     = "mlops-key"
  labels      = { pool = "cpu" }

  block_storage {
    type    = "SSD"
    size_gb = 200
  }

  autoscaling {
    min = 3
    max = var.most_nodes
  }
}

node_pool "gpu" {
  cluster     = cluster.main
  server_type = "g1v16a1"
  os          = "ubuntu"
  os_version  = "22.04"
  gpu_driver  = "ND_570.195.03"
  keypair     = "mlops-key"
  node_count  = 1
  labels      = { accelerator = "a100" }
  taints      = [{ key = "nvidia.com/gpu", effect = "NoSchedule" }]

  block_storage {
    type      = "SSD"
    size_gb   = 400
    encrypted = true
  }
}

storage_class "nfs" {
  cluster     = cluster.main
  provisioner = "nfs.csi.k8s.io"
  parameters  = { server = "10.0.0.9", share = "/nfs_01" }
  default     = true
}

platform "ml" {
  cluster       = cluster.main
  edition       = "enterprise"
  version       = "1.9.1"
  storage_class = storage_class.nfs

  admin {
    email = "admin@example.com" # no password: one is generated, see `stackwright output --raw admin_password`
  }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
