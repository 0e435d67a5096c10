# The cluster embedded in the program: for trying out, demonstrations and tests. It runs no container.
provider {
  title             = "Sandbox"
  description       = "An embedded cluster with players in the place of controllers."
  node_pools        = false
  cluster_arguments = ["name"]
  cluster_required  = []

  argument "nodes" {
    type        = "number"
    description = "how many nodes the cluster plays; 3 where it is not given"
  }
}
