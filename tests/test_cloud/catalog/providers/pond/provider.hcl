# A cloud for tests: its clusters are sandboxes, and what takes minutes elsewhere takes milliseconds.
provider {
  title             = "Pond"
  description       = "Clusters for tests."
  node_pools        = true
  cluster_arguments = ["name", "kubernetes_version", "network"]
  cluster_required  = ["name", "network"]

  node_pool_arguments = ["server_type", "os", "os_version"]
  node_pool_required  = ["server_type"]

  node_os = {
    ubuntu = ["22.04"]
  }
}
