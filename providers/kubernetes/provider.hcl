# A cluster that exists, reached through a kubeconfig.
provider {
  title             = "Kubernetes"
  description       = "A cluster that exists already."
  node_pools        = false
  cluster_arguments = ["name"]
  cluster_required  = []

  argument "kubeconfig" {
    type        = "string"
    description = "path of the kubeconfig file; KUBECONFIG or ~/.kube/config where it is not given"
  }
  argument "context" {
    type        = "string"
    description = "context of the kubeconfig; its current one where it is not given"
  }
}
