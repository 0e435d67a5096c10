block "cluster" {
  documentation = "A Kubernetes cluster: one that exists, one that a cloud makes, or the embedded sandbox. Which arguments have a meaning is the provider's to say."
  example       = <<-EOT
    cluster "main" {
      provider           = scp
      name               = "mlops-prod"
      kubernetes_version = "v1.31.8"
      file_storage       = "nfs_01"
      network {
        vpc             = "vpc1"
        subnet          = "sub1"
        security_groups = ["mlops-sg"]
      }
    }
  EOT
  label         = "its name in the configuration"

  argument "provider" {
    type          = "provider"
    required      = true
    immutable     = true
    documentation = "Who makes or reaches the cluster: `kubernetes`, `sandbox` or `scp`, without quotes."
    hint          = "Add provider = kubernetes for a cluster that exists, or provider = sandbox to try it out."
  }
  argument "name" {
    type              = "string"
    immutable         = true
    provider_specific = true
    rule              = "cluster_name"
    documentation     = "The cluster's name at the provider."
  }
  argument "kubernetes_version" {
    type              = "string"
    provider_specific = true
    rule              = "kubernetes_version"
    documentation     = "The version of Kubernetes, as `v1.31.8`. It must lie in the window of the platform's release."
  }
  argument "domain" {
    type          = "string"
    default       = "cluster.local"
    rule          = "subdomain"
    documentation = "The DNS domain of the cluster's Services. `plan` and `preflight` say where the cluster's CoreDNS serves another."
  }
  argument "file_storage" {
    type              = "string"
    immutable         = true
    provider_specific = true
    documentation     = "The file storage volume, by name or id. It is looked up, never made silently. Windows pools need a CIFS volume."
  }
  argument "control_plane_logging" {
    type              = "bool"
    default           = false
    provider_specific = true
    documentation     = "Whether the control plane's logs are kept."
  }
  argument "service_watch_logging" {
    type              = "bool"
    default           = false
    provider_specific = true
    documentation     = "Whether the provider's monitoring watches the control plane's logs."
  }
  argument "private_endpoint_access" {
    type              = "list(object)"
    provider_specific = true
    documentation     = "What may reach the API server inside the cloud, beside the cluster's own nodes."

    argument "type" {
      type          = "string"
      required      = true
      choices       = ["vm", "bm", "gpuvm", "mngc", "devops"]
      documentation = "What kind of resource it is."
    }
    argument "name" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "Its name."
    }
    argument "id" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "Its id."
    }
  }
  argument "public_endpoint_access_allow" {
    type              = "string"
    provider_specific = true
    rule              = "address"
    documentation     = "The address or range that may reach the API server from outside."
  }
  argument "tags" {
    type          = "map(string)"
    rule          = "tags"
    documentation = "Tags of the cluster."
  }
  block "network" {
    documentation     = "The network the cluster lies in, by names or ids. They are looked up, never made silently."
    example           = <<-EOT
      network {
        vpc             = "vpc1"
        subnet          = "sub1"
        security_groups = ["mlops-sg"]
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "vpc" {
      type          = "string"
      required      = true
      immutable     = true
      documentation = "The VPC."
    }
    argument "subnet" {
      type          = "string"
      required      = true
      immutable     = true
      documentation = "The subnet."
    }
    argument "security_groups" {
      type          = "list(string)"
      documentation = "The security groups of the nodes."
    }
  }
}
