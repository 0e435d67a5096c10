# k3d: k3s clusters in containers of this machine, through its program.
provider {
  title             = "k3d"
  description       = "Makes k3s clusters in containers of this machine through the program `k3d`, for trying out and tests. Node pools are made with their cluster, and change only with it."
  only_by_hand      = true
  node_pools        = true
  pools_are_fixed   = true
  full_versions     = true
  cluster_arguments = ["name", "kubernetes_version", "control_plane_count", "image"]
  cluster_required  = ["name"]
  example           = <<-EOT
    provider "k3d" {}
    cluster "main" {
      provider           = k3d
      name               = "laptop"
      kubernetes_version = "v1.33.4"
    }
    node_pool "workers" {
      cluster    = cluster.main
      node_count = 2
    }
  EOT
}
