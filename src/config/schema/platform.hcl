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
  argument "availability" {
    type          = "string"
    default       = "single"
    choices       = ["single", "high"]
    documentation = "`high` runs each part twice that can be, spread over nodes, with budgets that let a node be emptied. What upstream cannot run twice is told: docs/availability.md."
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
    argument "more_hosts" {
      type          = "list(string)"
      rule          = "subdomain"
      documentation = "Further names that the certificate is for, where the platform has one made."
    }
    argument "issuer" {
      type           = "string"
      rule           = "subdomain"
      exclusive_with = ["tls", "acme"]
      documentation  = "A ClusterIssuer of cert-manager, of yours, that makes the certificate and renews it. `host` must be given."
    }
    argument "redirect_http" {
      type          = "bool"
      default       = false
      documentation = "Whether browsers are sent from port 80 to HTTPS. Callers inside the cluster use port 80 too and are sent along."
    }
    argument "annotations" {
      type          = "map(string)"
      key_rule      = "label_key"
      documentation = "Annotations of the Service, by which clouds set up their load balancers."
    }
    argument "source_ranges" {
      type          = "list(string)"
      rule          = "address"
      otherwise     = "everybody"
      documentation = "Ranges of addresses that a load balancer lets in; only with `type = \"load_balancer\"`."
    }
    argument "load_balancer_class" {
      type          = "string"
      rule          = "label_key"
      otherwise     = "the cluster's default"
      documentation = "Who makes the load balancer, where several could; only with `type = \"load_balancer\"`."
    }
    argument "external_traffic_policy" {
      type          = "string"
      choices       = ["Cluster", "Local"]
      otherwise     = "the cluster's default, `Cluster`"
      documentation = "`Local` keeps the addresses of callers, and lets in only at nodes with a gateway's pod; not with `type = \"cluster_ip\"`."
    }
    block "acme" {
      documentation = "A certificate from an authority that speaks ACME, as Let's Encrypt, made and renewed by cert-manager. It proves the name by a record of DNS: the other way needs a path that asks nobody to log in, which the gateway does not have."
      example       = <<-EOT
        acme {
          email = "admin@example.com"
          dns01 = { route53 = { region = "eu-central-1" } }
        }
      EOT
      maximum       = 1

      argument "email" {
        type          = "string"
        required      = true
        rule          = "email"
        documentation = "Whom the authority writes to."
      }
      argument "server" {
        type          = "string"
        default       = "https://acme-v02.api.letsencrypt.org/directory"
        rule          = "url"
        documentation = "The authority's directory."
      }
      argument "dns01" {
        type          = "map"
        required      = true
        documentation = "How the record is written, as `dns01` of a solver of cert-manager: `{ route53 = { … } }`. Secrets that it names lie in namespace `cert-manager`."
      }
    }
    block "ingress" {
      documentation = "A way through a controller of Ingresses that is there already: an Ingress that leads to the platform's gateway. `type = \"cluster_ip\"` goes with it, and `host` must be given."
      example       = <<-EOT
        ingress {
          class       = "nginx"
          annotations = { "nginx.ingress.kubernetes.io/backend-protocol" = "HTTPS" }
          tls_secret  = "ml-example-com"
        }
      EOT
      maximum       = 1

      argument "class" {
        type          = "string"
        rule          = "subdomain"
        otherwise     = "the cluster's default"
        documentation = "The IngressClass."
      }
      argument "annotations" {
        type          = "map(string)"
        key_rule      = "label_key"
        documentation = "What the controller is told; that the gateway speaks HTTPS, unless `tls = \"none\"`."
      }
      argument "tls_secret" {
        type          = "string"
        rule          = "subdomain"
        otherwise     = "the controller's own certificate"
        documentation = "A TLS Secret in namespace `istio-system` for the controller."
      }
    }
  }
  block "sign_in" {
    documentation = "How people log in, beside the `connector` blocks that name the platform: with passwords or not, at an issuer elsewhere in place of Dex, and who of them may."
    example       = <<-EOT
      sign_in {
        passwords       = false
        allowed_domains = ["example.com"]
      }
    EOT
    maximum       = 1

    argument "passwords" {
      type          = "bool"
      default       = true
      documentation = "Whether the administrator and users may log in with passwords. Without them the platform needs a `connector`."
    }
    argument "allowed_domains" {
      type          = "list(string)"
      rule          = "subdomain"
      needs         = { "oauth2-proxy" = "" }
      otherwise     = "everybody who can log in"
      documentation = "Domains of e-mail addresses, of which somebody's must be one, wherever they log in."
    }
    argument "allowed_groups" {
      type          = "list(string)"
      rule          = "not_empty"
      otherwise     = "everybody who can log in"
      documentation = "Groups of which somebody must be in one, wherever they log in. People with passwords are in none."
    }
    argument "issuer" {
      type          = "string"
      rule          = "url"
      together      = ["client_id", "client_secret"]
      documentation = "A provider of OpenID Connect that is asked itself: there is no Dex then. Its certificate must be one that programs trust by themselves."
    }
    argument "client_id" {
      type          = "string"
      rule          = "not_empty"
      together      = ["issuer"]
      documentation = "The id under which the platform is registered there. The address to come back to is `ADDRESS/oauth2/callback`."
    }
    argument "client_secret" {
      type          = "string"
      sensitive     = true
      rule          = "not_empty"
      field         = "client_secret"
      together      = ["issuer"]
      hint          = "Add client_secret = var.NAME with a sensitive variable, or client_secret_from = \"secret/key\" with a Secret of yours."
      documentation = "The secret that belongs to the id: best a variable that is `sensitive`. It is kept in a Secret."
    }
    argument "client_secret_from" {
      type          = "string"
      rule          = "secret_key"
      instead_of    = "client_secret"
      needs         = { "oauth2-proxy" = "" }
      documentation = "A Secret of yours in namespace `oauth2-proxy` and the key in it, as `name/key`, in place of `client_secret`."
    }
    argument "scopes" {
      type          = "list(string)"
      default       = ["openid", "email", "profile"]
      rule          = "scope"
      documentation = "What is asked for. Many providers tell groups only when asked for them."
    }
    argument "email_claim" {
      type          = "string"
      default       = "email"
      rule          = "claim"
      documentation = "The claim with the e-mail address, by which the platform knows people, letter by letter."
    }
    argument "groups_claim" {
      type          = "string"
      default       = "groups"
      rule          = "claim"
      documentation = "The claim with the groups."
    }
    argument "insecure_allow_unverified_email" {
      type          = "bool"
      default       = false
      needs         = { "oauth2-proxy" = "" }
      warning       = "Whoever may choose an e-mail address there is taken for the one whose it is."
      documentation = "Whether an e-mail address counts that the issuer says is not verified."
    }
    argument "admin_groups" {
      type          = "list(string)"
      rule          = "group"
      documentation = "As `admin_groups` of a `connector`, for people of the issuer."
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
  block "proxy" {
    documentation = "The HTTP proxy through which programs reach addresses outside of the cluster, and the authorities to trust there. Parts of the platform that go out get both; people's pods get them by a PodDefault."
    example       = <<-EOT
      proxy {
        https     = "http://proxy.corp.example:3128"
        no_proxy  = [".corp.example"]
        ca_bundle = file("corp-ca.pem")
      }
    EOT
    maximum       = 1

    argument "https" {
      type          = "string"
      rule          = "url"
      documentation = "The proxy for https addresses."
    }
    argument "http" {
      type          = "string"
      rule          = "url"
      documentation = "The proxy for http addresses."
    }
    argument "no_proxy" {
      type          = "list(string)"
      rule          = "no_proxy"
      documentation = "Hosts, domains and ranges that are reached without it, beside the cluster's own and private addresses."
    }
    argument "ca_bundle" {
      type          = "string"
      rule          = "certificates"
      documentation = "Certificates of the authorities to trust beside the usual ones, in PEM: `file(\"corp-ca.pem\")`. Programs written in Go and those with OpenSSL's own store read them."
    }
    argument "people" {
      type          = "bool"
      default       = true
      needs         = { poddefaults = "" }
      documentation = "Whether all pods of people's namespaces get them too."
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
      choices       = ["volcano", "kueue", "default"]
      documentation = "`volcano`; `kueue` (from release 1.11.0 on), which lets jobs of the cluster's own scheduler wait in queues; or `default` for the cluster's own alone."
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
  block "backup" {
    documentation = "Dumps of the databases that the platform brings, by the clock, into a claim beside each of them. `stackwright backup` takes what is no database too."
    example       = <<-EOT
      backup {
        schedule = "0 3 * * *"
        keep     = 14
      }
    EOT
    maximum       = 1

    argument "schedule" {
      type          = "string"
      required      = true
      rule          = "schedule"
      documentation = "When, as cron writes it: minute, hour, day of the month, month, day of the week, in the time zone of the cluster's controllers."
    }
    argument "keep" {
      type          = "number"
      default       = 14
      minimum       = 1
      maximum       = 1000
      documentation = "How many dumps of a database are kept. The oldest goes once a newer one was read back."
    }
    argument "size" {
      type           = "string"
      default        = "50Gi"
      pattern        = "[1-9][0-9]*(Mi|Gi|Ti)"
      pattern_reason = "it is no size, as 50Gi"
      documentation  = "The size of each claim. It can grow later where the storage class lets it, and never shrink."
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
    block "placement" {
      documentation = "Where its pods run, beside what `placement` of the platform says."
      example       = <<-EOT
        placement {
          node_selector = { pool = "databases" }
        }
      EOT
      maximum       = 1
      include       = ["placement"]
    }
    block "resources" {
      documentation = "What a container of its pods requests and may use, in place of what the component says."
      example       = <<-EOT
        resources "manager" {
          requests = { memory = "512Mi" }
          limits   = { memory = "1Gi" }
        }
      EOT
      label         = "the container's name"

      argument "requests" {
        type          = "map(string)"
        key_rule      = "resource_name"
        rule          = "quantity"
        documentation = "Requests by resource."
      }
      argument "limits" {
        type          = "map(string)"
        key_rule      = "resource_name"
        rule          = "quantity"
        documentation = "Limits by resource."
      }
    }
  }
  block "placement" {
    documentation = "Where the platform's own pods run. It holds for every Deployment, StatefulSet and Job of every component; pods on every node (DaemonSets) stay where they are, and people's pods are not meant."
    example       = <<-EOT
      placement {
        node_selector  = { pool = "platform" }
        tolerations    = [{ key = "platform", operator = "Exists" }]
        priority_class = "platform"
      }
    EOT
    maximum       = 1
    include       = ["placement"]
  }
}

# Where pods run.
shared "placement" {
  argument "node_selector" {
    type          = "map(string)"
    key_rule      = "label_key"
    rule          = "label_value"
    documentation = "Labels that their nodes must have."
  }
  argument "tolerations" {
    type          = "list(object)"
    documentation = "Taints that they tolerate."

    argument "key" {
      type          = "string"
      rule          = "label_key"
      documentation = "The taint's key; every taint where it is not given and the operator is `Exists`."
    }
    argument "operator" {
      type          = "string"
      choices       = ["Exists", "Equal"]
      default       = "Equal"
      documentation = "Whether the taint must have the value, too."
    }
    argument "value" {
      type          = "string"
      documentation = "The taint's value."
    }
    argument "effect" {
      type          = "string"
      choices       = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
      documentation = "The taint's effect; every one where it is not given."
    }
  }
  argument "priority_class" {
    type          = "string"
    rule          = "subdomain"
    documentation = "A PriorityClass of the cluster, for those that have none of their own. It must be there."
  }
  argument "spread_over" {
    type          = "list(string)"
    rule          = "label_key"
    documentation = "Labels of nodes over whose values the pods of one workload are spread as far as can be, as `topology.kubernetes.io/zone`."
  }
}
