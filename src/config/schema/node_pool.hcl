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
    type              = "string"
    immutable         = true
    provider_specific = true
    documentation     = "The kind of server, as `s1v16m64` (16 vCPU, 64 GB)."
  }
  argument "node_count" {
    type           = "number"
    minimum        = 0
    maximum        = 1000
    exclusive_with = ["autoscaling"]
    documentation  = "How many nodes there are. Needed where there is no `autoscaling`."
  }
  argument "machine_class" {
    type              = "string"
    immutable         = true
    provider_specific = true
    rule              = "not_empty"
    documentation     = "The class of its machines, of those that the ClusterClass of the cluster's `topology` has for MachineDeployments."
  }
  argument "os" {
    type              = "string"
    immutable         = true
    provider_specific = true
    documentation     = "The operating system of the nodes; the provider says which there are."
  }
  argument "os_version" {
    type              = "string"
    immutable         = true
    provider_specific = true
    documentation     = "The version of the operating system."
  }
  argument "keypair" {
    type              = "string"
    immutable         = true
    provider_specific = true
    documentation     = "The key pair to log in to nodes with, by name or id."
  }
  argument "gpu_driver" {
    type              = "string"
    provider_specific = true
    documentation     = "The driver on nodes with GPUs, as `ND_570.195.03`. It changes with the nodes' image."
  }
  argument "custom_image" {
    type              = "string"
    immutable         = true
    otherwise         = "the provider's image of `os` and `os_version`"
    provider_specific = true
    documentation     = "An image of one's own for the nodes, by id."
  }
  argument "server_group" {
    type              = "string"
    immutable         = true
    provider_specific = true
    documentation     = "The group that spreads the nodes over machines, by id."
  }
  argument "auto_recovery" {
    type              = "bool"
    default           = true
    provider_specific = true
    documentation     = "Whether nodes that fail are replaced."
  }
  argument "labels" {
    type          = "map(string)"
    documentation = "Labels of the nodes."
  }
  argument "linked_resources" {
    type              = "list(object)"
    provider_specific = true
    documentation     = "Storage that the nodes may reach: file storages (`fs`) and object storage (`obs`)."

    argument "type" {
      type          = "string"
      required      = true
      choices       = ["fs", "obs"]
      documentation = "What it is."
    }
    argument "name" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "Its name."
    }
    argument "id" {
      type          = "string"
      default       = ""
      documentation = "Its id. Of a file storage it is looked up where it is not given."
    }
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
    documentation     = "Lets the provider choose the number of nodes, within bounds."
    example           = <<-EOT
      autoscaling {
        min = 2
        max = 6
      }
    EOT
    maximum           = 1
    provider_specific = true

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
    documentation     = "The disk of each node."
    example           = <<-EOT
      block_storage {
        type    = "SSD"
        size_gb = 200
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "type" {
      type          = "string"
      default       = "SSD"
      choices       = ["SSD", "HDD", "SSD_Provisioned"]
      immutable     = true
      documentation = "The kind of disk. `SSD_Provisioned` needs `iops` and `throughput`."
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
    argument "iops" {
      type          = "number"
      minimum       = 5000
      maximum       = 20000
      immutable     = true
      documentation = "Operations in a second of an `SSD_Provisioned`."
    }
    argument "throughput" {
      type          = "number"
      minimum       = 250
      maximum       = 1000
      immutable     = true
      documentation = "MB in a second of an `SSD_Provisioned`."
    }
  }
  block "advanced" {
    documentation     = "Settings of the nodes' kubelet. Given at all, all of them are set."
    example           = <<-EOT
      advanced {
        max_pods = 200
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "max_pods" {
      type          = "number"
      default       = 110
      minimum       = 10
      maximum       = 250
      immutable     = true
      documentation = "The most pods of a node."
    }
    argument "image_gc_high_threshold" {
      type          = "number"
      default       = 85
      minimum       = 10
      maximum       = 85
      immutable     = true
      documentation = "The use of the disk, in per cent, from which unused images are removed."
    }
    argument "image_gc_low_threshold" {
      type          = "number"
      default       = 80
      minimum       = 10
      maximum       = 85
      immutable     = true
      documentation = "The use of the disk, in per cent, down to which they are removed."
    }
    argument "container_log_max_size" {
      type          = "number"
      default       = 10
      minimum       = 10
      maximum       = 100
      immutable     = true
      documentation = "The size of a container's log file in MB, from which the next is begun."
    }
    argument "container_log_max_files" {
      type          = "number"
      default       = 5
      minimum       = 2
      maximum       = 10
      immutable     = true
      documentation = "How many log files of a container are kept."
    }
    argument "pod_max_pids" {
      type          = "number"
      default       = 4096
      minimum       = 1024
      maximum       = 4194304
      immutable     = true
      documentation = "The most processes of a pod."
    }
    argument "allowed_unsafe_sysctls" {
      type          = "string"
      default       = ""
      immutable     = true
      documentation = "Kernel settings that pods may set though others feel them, with commas between."
    }
  }
  block "infrastructure" {
    documentation     = "The template of its machines at whoever provides them, by reference. Another one replaces the machines one after the other."
    example           = <<-EOT
      infrastructure {
        api_version = "infrastructure.cluster.x-k8s.io/v1beta2"
        kind        = "DockerMachineTemplate"
        name        = "gpu"
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "api_version" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "The group of its kind, with a version or without; the version that the management cluster prefers is asked for."
    }
    argument "kind" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "Its kind."
    }
    argument "name" {
      type          = "string"
      required      = true
      rule          = "subdomain"
      documentation = "Its name, in the namespace of the provider."
    }
  }
  block "bootstrap" {
    documentation     = "The template of what makes its machines nodes, by reference."
    example           = <<-EOT
      bootstrap {
        api_version = "bootstrap.cluster.x-k8s.io/v1beta2"
        kind        = "KubeadmConfigTemplate"
        name        = "workers"
      }
    EOT
    maximum           = 1
    provider_specific = true

    argument "api_version" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "The group of its kind, with a version or without; the version that the management cluster prefers is asked for."
    }
    argument "kind" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      documentation = "Its kind."
    }
    argument "name" {
      type          = "string"
      required      = true
      rule          = "subdomain"
      documentation = "Its name, in the namespace of the provider."
    }
  }
}
