stackwright {
  required_version = ">= 0.1"
  installation     = "prod"                  # names the inventory, the lock and the ownership labels
}
variable "admin_password" {
  type      = string
  sensitive = true
}
provider "scp" {                             # also: "kubernetes" (an existing cluster), "sandbox" (embedded)
  region = "kr-west1"
}
cluster "main" {
  provider           = scp
  name               = "mlops-prod"
  kubernetes_version = "v1.31.8"
  network {
    vpc             = "vpc1"                 # names or ids; looked up, never created silently
    subnet          = "sub1"
    security_groups = ["mlops-sg"]
  }
  file_storage                 = "nfs_01"    # NFS volume
  control_plane_logging        = true
  public_endpoint_access_allow = "203.0.113.7"
  tags                         = { team = "ml" }
}
node_pool "cpu" {
  cluster       = cluster.main
  server_type   = "s1v16m64"
  os            = "ubuntu"
  os_version    = "22.04"
  keypair       = "mlops-key"
  block_storage {
    type    = "SSD"
    size_gb = 200
  }
  autoscaling {                              # or node_count = 3
    min = 2
    max = 6
  }
}
node_pool "gpu" {
  cluster     = cluster.main
  server_type = "g1v16a1"
  node_count  = 2
  labels      = { accelerator = "a100" }
  taints      = [{ key = "nvidia.com/gpu", effect = "NoSchedule" }]
}
storage_class "nfs" {
  cluster     = cluster.main
  provisioner = "nfs.csi.k8s.io"
  parameters  = { server = "10.0.0.9", share = "/vol1" }
  default     = true
}
platform "ml" {                              # one for each cluster
  cluster       = cluster.main
  edition       = "enterprise"               # "enterprise" = AI&MLOps Platform, "mini" = Kubeflow Mini
  version       = "1.9.1"
  storage_class = storage_class.nfs
  tags          = { env = "prod" }
  admin {
    email    = "admin@example.com"
    password = var.admin_password            # or hash = "$2y$12$...", or neither: generated once, `output --raw admin_password`
  }
  endpoint {
    type = "node_port"                       # node_port | load_balancer | cluster_ip
    port = 31390
    tls  = "self_signed"                     # self_signed | secret name | none
  }
  registry {                                 # air gap
    mirror      = "registry.corp.example/mlops"
    pull_secret = "regcred"
  }
  scheduler {
    name     = "volcano"
    policies = ["gang", "binpack", "priority"]
  }
  gpu {
    sharing    = "time_slicing"              # none | time_slicing | mps | mig | vgpu
    replicas   = 4
    monitoring = true
    rdma       = true
  }
  notebooks {
    image "torch" {
      name = "registry.corp.example/torch:2.4"
      kind = "jupyter"                       # jupyter | vscode | rstudio
    }
  }
  backup {
    schedule = "0 3 * * *"
    keep     = 14
  }
  component "spark-operator" { enabled = true }
  component "mlflow" {                       # a component of the user's own: same format as the built-in ones
    source = "./modules/mlflow"
    inputs = { replicas = 2 }
  }
}
user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  password = var.alice_password              # or hash
  profile {
    quota = { cpu = "16", memory = "64Gi", "nvidia.com/gpu" = 1 }
  }
}
profile "vision" {                           # a project shared by several users
  platform     = platform.ml
  owner        = user.alice
  contributors = { "bob@example.com" = "edit" }
}
queue "training" {                           # a Volcano queue
  platform   = platform.ml
  weight     = 4
  capability = { cpu = "64", "nvidia.com/gpu" = 8 }
}
output "dashboard" { value = platform.ml.dashboard_url }
variable "alice_password" {
  type      = string
  sensitive = true
}
