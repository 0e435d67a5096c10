# The cluster embedded in the program: for trying out, demonstrations and tests. It runs no container.
provider {
  title             = "Sandbox"
  description       = "The cluster embedded in the program, with players in the place of controllers. It runs no container."
  node_pools        = false
  cluster_arguments = ["name", "kubernetes_version"]
  cluster_required  = []
  example           = <<-EOT
    provider "sandbox" {
      nodes  = 4
      faults = { "kubeflow/katib-mysql" = "crash-loop" }
    }
    cluster "main" {
      provider           = sandbox
      kubernetes_version = "1.34"
    }
  EOT

  argument "nodes" {
    type          = "number"
    minimum       = 1
    maximum       = 1000
    otherwise     = "3"
    documentation = "How many nodes the cluster plays."
  }
  argument "faults" {
    type          = "map(string)"
    choices       = ["image-pull", "crash-loop", "never-ready", "unschedulable"]
    documentation = "Pods that must fail, to see what an apply says then: how, by namespace and beginning of the name."
  }
}
