# Samsung Cloud Platform: clusters and node pools that are made there. What is written is checked; making them is not
# part of this version.
provider {
  title             = "Samsung Cloud Platform"
  description       = "Kubernetes clusters and node pools of the cloud."
  node_pools        = true
  cluster_arguments = ["name", "kubernetes_version", "network", "file_storage", "control_plane_logging", "public_endpoint_access_allow"]
  cluster_required  = ["name", "kubernetes_version", "network", "file_storage"]

  argument "region" {
    type        = "string"
    required    = true
    description = "the region, as kr-west1"
  }
}
