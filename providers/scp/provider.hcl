# Samsung Cloud Platform: clusters and node pools that are made there. What is written is checked; making them is not
# part of this version.
provider {
  title             = "Samsung Cloud Platform"
  description       = "Kubernetes clusters and node pools of Samsung Cloud Platform. What is written is checked; making them is not part of this version."
  node_pools        = true
  cluster_arguments = ["name", "kubernetes_version", "network", "file_storage", "control_plane_logging", "public_endpoint_access_allow"]
  cluster_required  = ["name", "kubernetes_version", "network", "file_storage"]
  example           = <<-EOT
    provider "scp" {
      region = "kr-west1"
    }
  EOT

  # What node pools can run (GET /v1/images of the engine's API, 2026-08).
  node_os = {
    ubuntu  = ["22.04"]
    rhel    = ["8.10", "9.4"]
    windows = []
  }

  argument "region" {
    type          = "string"
    required      = true
    choices       = ["kr-west1", "kr-east1"]
    documentation = "The region; the platform is offered in both."
  }
}
