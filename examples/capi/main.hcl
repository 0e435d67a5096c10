# From nothing to a running platform through Cluster API: a cluster of a ClusterClass, its node pools, and the platform in it.
#
# The management cluster is there already, with Cluster API, an infrastructure provider and the class in it (`clusterctl
# init`), and so is the namespace. Its kubeconfig is found as kubectl finds it:
#
#   stackwright apply --chdir examples/capi
#
# The network of the new cluster (CNI) and its disks (CSI) are what the class or the management cluster's addons bring.

stackwright {
  required_version = ">= 0.1"
  installation     = "mlops-prod"
}

provider "capi" {
  context   = "management"
  namespace = "mlops"

  # Versions for which there are machine images: an upgrade over several minors goes through the newest of each.
  kubernetes_versions = ["v1.31.8", "v1.32.8", "v1.33.5"]
}

cluster "main" {
  provider            = capi
  name                = "mlops-prod"
  kubernetes_version  = "v1.31.8"
  control_plane_count = 3
  tags                = { team = "ml" }

  topology {
    class     = "quick-start"
    variables = { imageRepository = "" }
  }
}

node_pool "cpu" {
  cluster       = cluster.main
  machine_class = "default-worker"
  labels        = { "node.cluster.x-k8s.io/pool" = "cpu" }

  autoscaling {
    min = 3
    max = 6
  }
}

node_pool "gpu" {
  cluster       = cluster.main
  machine_class = "gpu-worker"
  node_count    = 1
  taints        = [{ key = "nvidia.com/gpu", effect = "NoSchedule" }]
}

storage_class "disk" {
  cluster     = cluster.main
  provisioner = "csi.example.com"
  default     = true
}

platform "ml" {
  cluster       = cluster.main
  edition       = "mini"
  version       = "1.9.1"
  storage_class = storage_class.disk

  admin {
    email = "admin@example.com" # no password: one is generated, see `stackwright output --raw admin_password`
  }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
