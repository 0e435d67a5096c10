block "node_pool" {
  documentation = "Nodes of one kind in a cluster that a cloud makes."
  example       = <<-EOT
    node_pool "gpu" {
      cluster     = cluster.main
      server_type = "g1v16a1"
      node_count  = 2
      labels      = { accelerator = "a100" }
      taints      = [{ key = "nvidia.com/gpu", effect = "NoSchedule" }]
    }
  EOT
  label         = "its name in the configuration"

  argument "name" {
    type          = "string"
    immutable     = true
    from_label    = true
    rule          = "label"
    documentation = "The pool's name at the provider."
  }
  argument "cluster" {
    references    = "cluster"
    required      = true
    immutable     = true
    documentation = "The cluster whose nodes these are."
  }
  argument "server_type" {
    type          = "string"
    required      = true
    immutable     = true
    documentation = "The kind of server, as `s1v16m64` (16 vCPU, 64 GB)."
  }
  argument "node_count" {
    type           = "number"
    minimum        = 0
    maximum        = 1000
    exclusive_with = ["autoscaling"]
    documentation  = "How many nodes there are. Needed where there is no `autoscaling`."
  }
  argument "os" {
    type          = "string"
    immutable     = true
    documentation = "The operating system of the nodes; the provider says which there are."
  }
  argument "os_version" {
    type          = "string"
    immutable     = true
    documentation = "The version of the operating system."
  }
  argument "keypair" {
    type          = "string"
    immutable     = true
    documentation = "The key pair to log in to nodes with, by name or id."
  }
  argument "labels" {
    type          = "map(string)"
    documentation = "Labels of the nodes."
  }
  argument "taints" {
    type          = "list(object)"
    documentation = "Taints of the nodes."

    argument "key" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "The taint's key."
    }
    argument "value" {
      type          = "string"
      default       = ""
      documentation = "Its value."
    }
    argument "effect" {
      type          = "string"
      required      = true
      choices       = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
      documentation = "What it does to pods that do not tolerate it."
    }
  }
  block "autoscaling" {
    documentation = "Lets the provider choose the number of nodes, within bounds."
    example       = <<-EOT
      autoscaling {
        min = 2
        max = 6
      }
    EOT
    maximum       = 1

    argument "min" {
      type          = "number"
      required      = true
      minimum       = 0
      maximum       = 1000
      documentation = "The fewest nodes."
    }
    argument "max" {
      type          = "number"
      required      = true
      minimum       = 1
      maximum       = 1000
      documentation = "The most nodes; not fewer than `min`."
    }
  }
  block "block_storage" {
    documentation = "The disk of each node."
    example       = <<-EOT
      block_storage {
        type    = "SSD"
        size_gb = 200
      }
    EOT
    maximum       = 1

    argument "type" {
      type          = "string"
      default       = "SSD"
      choices       = ["SSD", "HDD"]
      immutable     = true
      documentation = "The kind of disk."
    }
    argument "size_gb" {
      type          = "number"
      required      = true
      minimum       = 1
      maximum       = 100000
      immutable     = true
      documentation = "Its size in GB. Less than 200 fills up with the platform's images, and is warned of."
    }
    argument "encrypted" {
      type          = "bool"
      default       = false
      immutable     = true
      documentation = "Whether the disk is encrypted."
    }
  }
}
