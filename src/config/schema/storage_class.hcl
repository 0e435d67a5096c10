block "storage_class" {
  documentation = "A Kubernetes StorageClass of a cluster."
  example       = <<-EOT
    storage_class "nfs" {
      cluster     = cluster.main
      provisioner = "nfs.csi.k8s.io"
      parameters  = { server = "10.0.0.9", share = "/vol1" }
      default     = true
    }
  EOT
  label         = "its name in the configuration"
  identity      = "name"

  argument "name" {
    type          = "string"
    immutable     = true
    from_label    = true
    rule          = "subdomain"
    documentation = "The name of the StorageClass."
  }
  argument "cluster" {
    references    = "cluster"
    required      = true
    immutable     = true
    documentation = "The cluster it is made in."
  }
  argument "provisioner" {
    type          = "string"
    required      = true
    immutable     = true
    documentation = "The driver that makes volumes, as `nfs.csi.k8s.io`."
  }
  argument "parameters" {
    type          = "map(string)"
    immutable     = true
    documentation = "What the driver is told; each driver has its own."
  }
  argument "reclaim_policy" {
    type          = "string"
    choices       = ["Delete", "Retain"]
    immutable     = true
    otherwise     = "the cluster's default, `Delete`"
    documentation = "What becomes of a volume whose claim is deleted."
  }
  argument "volume_binding_mode" {
    type          = "string"
    choices       = ["Immediate", "WaitForFirstConsumer"]
    immutable     = true
    otherwise     = "the cluster's default, `Immediate`"
    documentation = "When a claim gets its volume: at once, or with the first pod that uses it."
  }
  argument "allow_volume_expansion" {
    type          = "bool"
    default       = false
    documentation = "Whether claims may grow."
  }
  argument "mount_options" {
    type          = "list(string)"
    immutable     = true
    documentation = "Options that volumes are mounted with."
  }
  argument "default" {
    type          = "bool"
    default       = false
    documentation = "Whether claims that name no class get this one. A cluster has one default class."
  }
}
