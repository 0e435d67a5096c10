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

  # faults = { "kubeflow/katib-mysql" = "crash-loop" }
  argument "faults" {
    type        = "map"
    values      = ["image-pull", "crash-loop", "never-ready", "unschedulable"]
    description = "pods that must fail, to see what an apply says then: how, by namespace and beginning of the name"
  }
}
