# A cluster that exists, reached through a kubeconfig.
provider {
  title             = "Kubernetes"
  description       = "A cluster that exists already, reached through a kubeconfig."
  node_pools        = false
  cluster_arguments = ["name"]
  cluster_required  = []
  example           = <<-EOT
    provider "kubernetes" {
      context = "prod"
    }
  EOT

  argument "kubeconfig" {
    type          = "string"
    otherwise     = "`KUBECONFIG`, else `~/.kube/config`"
    documentation = "The path of the kubeconfig file."
  }
  argument "context" {
    type          = "string"
    otherwise     = "its current one"
    documentation = "The context of the kubeconfig."
  }
}
