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
    documentation = "Who makes or reaches the cluster: `kubernetes`, `sandbox`, `scp`, `capi`, `kind` or `k3d`, without quotes."
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
  argument "control_plane_count" {
    type              = "number"
    minimum           = 1
    maximum           = 9
    provider_specific = true
    documentation     = "How many machines the control plane has."
  }
  argument "pod_cidrs" {
    type              = "list(string)"
    immutable         = true
    provider_specific = true
    rule              = "address"
    documentation     = "The ranges of the addresses of pods, as `192.168.0.0/16`."
  }
  argument "service_cidrs" {
    type              = "list(string)"
    immutable         = true
    provider_specific = true
    rule              = "address"
    documentation     = "The ranges of the addresses of Services."
  }
  argument "image" {
    type              = "string"
    immutable         = true
    provider_specific = true
    rule              = "not_empty"
    documentation     = "The image of its nodes, in place of the one of `kubernetes_version`."
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
  block "topology" {
    documentation     = "A cluster by a ClusterClass of Cluster API, which says of what it is made."
    example           = <<-EOT
      topology {
        class     = "quick-start"
        variables = { imageRepository = "registry.corp.example/k8s" }
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "class" {
      type          = "string"
      required      = true
      rule          = "subdomain"
      documentation = "The name of the ClusterClass."
    }
    argument "class_namespace" {
      type          = "string"
      rule          = "label"
      otherwise     = "the namespace of the provider"
      documentation = "The namespace of the ClusterClass."
    }
    argument "variables" {
      type          = "map"
      documentation = "What the class lets one set, by name. What is not written here has the class's defaults."
    }
  }
  block "control_plane" {
    documentation     = "The object that is its control plane, by reference, where it has no `topology`. It is there already, gets the version and count of this block, and goes with the cluster."
    example           = <<-EOT
      control_plane {
        api_version = "controlplane.cluster.x-k8s.io/v1beta2"
        kind        = "KubeadmControlPlane"
        name        = "main"
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "api_version" {
      type          = "string"
      required      = true
      immutable     = true
      rule          = "not_empty"
      documentation = "The group of its kind, with a version or without; the version that the management cluster prefers is asked for."
    }
    argument "kind" {
      type          = "string"
      required      = true
      immutable     = true
      rule          = "not_empty"
      documentation = "Its kind."
    }
    argument "name" {
      type          = "string"
      required      = true
      immutable     = true
      rule          = "subdomain"
      documentation = "Its name, in the namespace of the provider."
    }
  }
  block "infrastructure" {
    documentation     = "The object of its infrastructure, by reference, where it has no `topology`. It is there already, and goes with the cluster."
    example           = <<-EOT
      infrastructure {
        api_version = "infrastructure.cluster.x-k8s.io/v1beta2"
        kind        = "DockerCluster"
        name        = "main"
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "api_version" {
      type          = "string"
      required      = true
      immutable     = true
      rule          = "not_empty"
      documentation = "The group of its kind, with a version or without; the version that the management cluster prefers is asked for."
    }
    argument "kind" {
      type          = "string"
      required      = true
      immutable     = true
      rule          = "not_empty"
      documentation = "Its kind."
    }
    argument "name" {
      type          = "string"
      required      = true
      immutable     = true
      rule          = "subdomain"
      documentation = "Its name, in the namespace of the provider."
    }
  }
}
