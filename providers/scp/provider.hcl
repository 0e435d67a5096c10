# Samsung Cloud Platform: clusters and node pools that are made there, through version 2 of its API.
provider {
  title               = "Samsung Cloud Platform"
  description         = "Makes Kubernetes clusters and node pools on Samsung Cloud Platform. What else they need (VPC, subnet, security group, file storage, key pair) is there already and looked up by name or id."
  node_pools          = true
  cluster_arguments   = ["name", "kubernetes_version", "network", "file_storage", "control_plane_logging", "service_watch_logging", "private_endpoint_access", "public_endpoint_access_allow"]
  cluster_required    = ["name", "kubernetes_version", "network", "file_storage"]
  node_pool_arguments = ["server_type", "os", "os_version", "keypair", "gpu_driver", "custom_image", "server_group", "auto_recovery", "linked_resources", "autoscaling", "block_storage", "advanced"]
  node_pool_required  = ["server_type"]
  example             = <<-EOT
    provider "scp" {
      region     = "kr-west1"
      auth_url   = "https://iam.e.samsungsdscloud.com/v1"
      access_key = var.scp_access_key
      secret_key = var.scp_secret_key
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
    choices       = ["kr-west1", "kr-east1"]
    otherwise     = "`SCP_TF_DEFAULT_REGION`, else `default-region` of `~/.scpconf/config.json`"
    documentation = "The region; the platform is offered in both."
  }
  argument "auth_url" {
    type          = "string"
    otherwise     = "`SCP_TF_AUTH_URL`, else `auth-url` of `~/.scpconf/config.json`"
    documentation = "Where the addresses of the services are asked for, as `https://iam.e.samsungsdscloud.com/v1`."
  }
  argument "endpoint_override" {
    type          = "string"
    otherwise     = "`SCP_TF_ENDPOINT_OVERRIDE`, else `endpoint-override` of `~/.scpconf/config.json`, else each service's own"
    documentation = "An address in place of all that would be looked up, as of a gateway."
  }
  argument "account_id" {
    type          = "string"
    otherwise     = "`SCP_TF_ACCOUNT_ID`, else `account-id` of `~/.scpconf/config.json`, else that of the access key"
    documentation = "The account that is meant."
  }
  argument "access_key" {
    type          = "string"
    sensitive     = true
    otherwise     = "`SCP_TF_ACCESS_KEY`, else `access-key` of `~/.scpconf/credentials.json`"
    documentation = "The access key."
  }
  argument "secret_key" {
    type          = "string"
    sensitive     = true
    otherwise     = "`SCP_TF_SECRET_KEY`, else `secret-key` of `~/.scpconf/credentials.json`"
    documentation = "Its secret; it signs requests and is never sent."
  }
}
