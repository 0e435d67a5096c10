# Cluster API: clusters and node pools as objects of a management cluster, whose controllers make them.
provider {
  title               = "Cluster API"
  description         = "Makes Kubernetes clusters and node pools through the Cluster API of a management cluster, on whatever its infrastructure providers know."
  only_by_hand        = true
  node_pools          = true
  cluster_arguments   = ["name", "kubernetes_version", "topology", "control_plane", "infrastructure", "control_plane_count", "pod_cidrs", "service_cidrs"]
  cluster_required    = ["name", "kubernetes_version"]
  node_pool_arguments = ["machine_class", "infrastructure", "bootstrap", "auto_recovery", "autoscaling"]
  node_pool_required  = []
  example             = <<-EOT
    provider "capi" {
      context   = "management"
      namespace = "mlops"
    }
    cluster "main" {
      provider           = capi
      name               = "mlops-prod"
      kubernetes_version = "v1.34.1"
      topology {
        class = "quick-start"
      }
    }
    node_pool "cpu" {
      cluster       = cluster.main
      machine_class = "default-worker"
      node_count    = 3
    }
  EOT

  argument "kubeconfig" {
    type          = "string"
    otherwise     = "`KUBECONFIG`, else `~/.kube/config`"
    documentation = "The path of the kubeconfig file that leads to the management cluster."
  }
  argument "context" {
    type          = "string"
    otherwise     = "its current one"
    documentation = "The context of the kubeconfig."
  }
  argument "namespace" {
    type          = "string"
    default       = "default"
    rule          = "label"
    documentation = "The namespace of the management cluster in which clusters, node pools and what they refer to lie."
  }
  argument "kubernetes_versions" {
    type          = "list(string)"
    rule          = "kubernetes_version"
    documentation = "The versions of Kubernetes that machines can have. An upgrade over several minors goes through the newest of each."
  }
}
