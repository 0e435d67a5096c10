block "platform" {
  documentation = "An MLOps platform in a cluster. A cluster takes one."
  example       = <<-EOT
    platform "ml" {
      cluster       = cluster.main
      edition       = "enterprise"
      version       = "1.9.1"
      storage_class = storage_class.nfs
      admin {
        email    = "admin@example.com"
        password = var.admin_password
      }
    }
  EOT
  label         = "its name in the configuration"
  identity      = "name"

  argument "name" {
    type          = "string"
    immutable     = true
    from_label    = true
    rule          = "label"
    documentation = "The platform's name, unique in its installation."
  }
  argument "cluster" {
    references    = "cluster"
    required      = true
    immutable     = true
    documentation = "The cluster it runs in."
  }
  argument "edition" {
    type          = "string"
    required      = true
    choices       = ["mini", "enterprise"]
    documentation = "`mini` is Kubeflow Mini, `enterprise` is AI&MLOps Platform. The edition says which components are on by default, and how large the cluster must be."
  }
  argument "version" {
    type          = "string"
    required      = true
    documentation = "The release, as `1.9.1`."
  }
  argument "storage_class" {
    type          = "string"
    references    = "storage_class"
    otherwise     = "the cluster's default class"
    documentation = "The storage class of all claims: a `storage_class` block, or the name of a class that exists."
  }
  argument "tags" {
    type          = "map(string)"
    rule          = "tags"
    documentation = "Tags of the platform."
  }
  block "admin" {
    documentation = "The administrator. Without `password` and `hash` a password is generated once: `stackwright output --raw admin_password` prints it."
    example       = <<-EOT
      admin {
        email = "admin@example.com"
      }
    EOT
    minimum       = 1
    maximum       = 1

    argument "email" {
      type          = "string"
      required      = true
      rule          = "email"
      documentation = "The e-mail address to log in with. Capitals make no difference."
    }
    argument "password" {
      type           = "string"
      sensitive      = true
      rule           = "password"
      exclusive_with = ["hash"]
      documentation  = "The password: best a variable that is `sensitive`."
    }
    argument "hash" {
      type           = "string"
      sensitive      = true
      rule           = "bcrypt_hash"
      exclusive_with = ["password"]
      documentation  = "A bcrypt hash of the password."
    }
  }
  block "endpoint" {
    documentation = "How people reach the dashboard."
    example       = <<-EOT
      endpoint {
        type = "load_balancer"
        host = "ml.example.com"
        tls  = "corp-certificate"
      }
    EOT
    maximum       = 1

    argument "type" {
      type          = "string"
      default       = "node_port"
      choices       = ["node_port", "load_balancer", "cluster_ip"]
      documentation = "The kind of Service in front of the platform."
    }
    argument "port" {
      type          = "number"
      minimum       = 1
      maximum       = 65535
      otherwise     = "31390 for `node_port`; else 443, or 80 without TLS"
      documentation = "The port: on every node for `node_port` (30000 to 32767), else of the Service."
    }
    argument "tls" {
      type          = "string"
      default       = "self_signed"
      rule          = "tls"
      documentation = "`self_signed`, `none`, or the name of a TLS Secret in namespace `istio-system` that you keep."
    }
    argument "host" {
      type          = "string"
      otherwise     = "what the cluster tells"
      documentation = "The host name or address people use, where it is known."
    }
  }
  block "registry" {
    documentation = "Where images are pulled from, for clusters without the internet."
    example       = <<-EOT
      registry {
        mirror      = "registry.corp.example/mlops"
        pull_secret = "regcred"
      }
    EOT
    maximum       = 1

    argument "mirror" {
      type          = "string"
      rule          = "registry"
      documentation = "A prefix that replaces the registry of each image."
    }
    argument "pull_secret" {
      type          = "string"
      rule          = "subdomain"
      documentation = "The name of a Secret for pulling, in every namespace of the platform."
    }
  }
  block "scheduler" {
    documentation = "The scheduler of training jobs."
    example       = <<-EOT
      scheduler {
        name     = "volcano"
        policies = ["gang", "binpack", "priority"]
      }
    EOT
    maximum       = 1

    argument "name" {
      type          = "string"
      default       = "volcano"
      choices       = ["volcano", "default"]
      documentation = "`volcano`, or `default` for the cluster's own."
    }
    argument "policies" {
      type          = "list(string)"
      choices       = ["gang", "binpack", "priority", "fifo", "drf"]
      documentation = "Volcano's policies."
    }
  }
  block "gpu" {
    documentation = "GPUs: the operators that serve them, and how one is shared."
    example       = <<-EOT
      gpu {
        sharing  = "time_slicing"
        replicas = 4
      }
    EOT
    maximum       = 1

    argument "sharing" {
      type          = "string"
      default       = "none"
      choices       = ["none", "time_slicing", "mps", "mig", "vgpu"]
      documentation = "How several workloads share one GPU."
    }
    argument "replicas" {
      type          = "number"
      minimum       = 2
      maximum       = 128
      otherwise     = "1: a GPU is not shared"
      documentation = "Into how many a GPU is shared, by `time_slicing`, `mps` or `vgpu`."
    }
    argument "monitoring" {
      type          = "bool"
      default       = false
      documentation = "Whether GPUs are measured: Prometheus and Grafana come with it."
    }
    argument "rdma" {
      type          = "bool"
      default       = false
      documentation = "Whether the network operator is installed, for RDMA between nodes."
    }
  }
  block "notebooks" {
    documentation = "What people may start notebooks from, beside the images of the release."
    example       = <<-EOT
      notebooks {
        image "torch" {
          name = "registry.corp.example/torch:2.4"
          kind = "jupyter"
        }
      }
    EOT
    maximum       = 1

    block "image" {
      documentation = "An image of your own."
      example       = <<-EOT
        image "torch" {
          name = "registry.corp.example/torch:2.4"
        }
      EOT
      label         = "a name for the image"

      argument "name" {
        type          = "string"
        required      = true
        rule          = "image"
        documentation = "The image, as `registry/name:tag`."
      }
      argument "kind" {
        type          = "string"
        default       = "jupyter"
        choices       = ["jupyter", "vscode", "rstudio"]
        documentation = "What runs in it."
      }
    }
  }
  block "component" {
    documentation = "Switches a component on or off, gives it inputs, or adds one of your own. `stackwright images` and docs/components.md say which there are."
    example       = <<-EOT
      component "mlflow" {
        source = "./modules/mlflow"
        inputs = { replicas = 2 }
      }
    EOT
    label         = "the component's name"
    label_rule    = "label"

    argument "enabled" {
      type          = "bool"
      otherwise     = "the edition decides"
      documentation = "Whether the component is there."
    }
    argument "source" {
      type          = "string"
      documentation = "For a component of your own: its directory, relative to the configuration, with `module.hcl` and `templates/`."
    }
    argument "inputs" {
      type          = "map"
      documentation = "Values for the variables of the component's `module.hcl`."
    }
  }
}
