block "component" {
  documentation = "What a component is. A `module.hcl` has one such block; beside it stand `variable`, `locals` and `generated` blocks."
  example       = <<-EOT
    component {
      title     = "MLflow"
      namespace = "mlflow"
      requires  = ["istio"]
    }
  EOT
  minimum       = 1
  maximum       = 1

  argument "title" {
    type          = "string"
    otherwise     = "the component's name"
    documentation = "As people call it."
  }
  argument "description" {
    type          = "string"
    documentation = "What it is for, in a sentence."
  }
  argument "namespace" {
    type          = "string"
    documentation = "The namespace of its objects that name none."
  }
  argument "requires" {
    type          = "list(string)"
    documentation = "Components that are switched on with it and serve before it."
  }
  argument "after" {
    type          = "list(string)"
    documentation = "Components that serve before it where they are on."
  }
  argument "conflicts" {
    type          = "map(string)"
    documentation = "Components it cannot stand beside, with the reason."
  }
  argument "editions" {
    type          = "list(string)"
    choices       = ["mini", "enterprise"]
    documentation = "Editions in which it is on by itself."
  }
  argument "when" {
    type          = "bool"
    default       = true
    documentation = "A further condition for being on by itself."
  }
  argument "roles" {
    type          = "list(string)"
    choices       = ["users", "queues", "notebooks"]
    documentation = "What it is towards the blocks of a configuration: it makes the objects of `user` and `profile`, serves `queue`, offers the images of `notebooks`."
  }
  argument "replicated" {
    type          = "list(string)"
    documentation = "Names of its Deployments and StatefulSets that may run several times, because they hold nothing or elect a leader: with `availability = \"high\"` they do, spread over nodes and with a budget that lets one go at a time."
  }
  argument "alone" {
    type          = "map(string)"
    documentation = "Names of those that run once whatever is asked for, each with the reason."
  }
  argument "goes_out" {
    type          = "list(string)"
    documentation = "Names of its workloads that ask addresses outside of the cluster: they get the platform's `proxy`."
  }
  block "readiness" {
    documentation = "When an object of a kind of its own serves."
    example       = <<-EOT
      readiness "Widget.example.com" {
        conditions = ["Ready"]
      }
    EOT
    label         = "Kind.group"

    argument "conditions" {
      type          = "list(string)"
      documentation = "Conditions that must be true."
    }
    argument "failures" {
      type          = "list(string)"
      documentation = "Conditions that tell, when true, that it will not serve."
    }
    argument "creates" {
      type          = "list(string)"
      rule          = "object"
      documentation = "Objects that its controller must have made."
    }
    argument "holds" {
      type          = "string"
      rule          = "namespace_object"
      documentation = "The namespace that is its own: what is in it goes with it."
    }
    argument "held_labels" {
      type          = "map(string)"
      documentation = "Labels that tell such a namespace."
    }
    argument "owner_annotation" {
      type          = "string"
      documentation = "The annotation by which the controller knows whose that namespace is. It takes no other's."
    }
    argument "owner_field" {
      type          = "string"
      documentation = "The object's field that must equal it, as `spec.owner.name`."
    }
  }
  block "leaves" {
    documentation = "Objects that its programs make elsewhere and leave behind; `destroy` removes them."
    example       = <<-EOT
      leaves "Lease.coordination.k8s.io" {
        name      = "cert-manager-controller"
        namespace = "kube-system"
      }
    EOT
    label         = "Kind.group"
    label_repeats = true

    argument "name" {
      type          = "string"
      required      = true
      documentation = "Their name."
    }
    argument "namespace" {
      type          = "string"
      documentation = "Their namespace; every one where it is not given."
    }
    argument "labels" {
      type          = "map(string)"
      documentation = "Labels they must have."
    }
  }
  block "keeps" {
    documentation = "What of it cannot be made again: a backup takes it, beside users' objects and generated values."
    example       = <<-EOT
      keeps {
        kinds = ["SigningKey.dex.coreos.com"]
      }
    EOT
    maximum       = 1

    argument "kinds" {
      type          = "list(string)"
      documentation = "Kinds whose objects in its namespace are taken, as `SigningKey.dex.coreos.com`."
    }
    block "database" {
      documentation = "A MySQL server of its own, whose schemas are dumped and loaded by programs that run in its namespace."
      example       = <<-EOT
        database {
          host     = "mysql"
          image    = "mysql"
          password = "mysql-secret/password"
        }
      EOT
      maximum       = 1

      argument "host" {
        type          = "string"
        required      = true
        documentation = "The Service it is reached by."
      }
      argument "image" {
        type          = "string"
        required      = true
        documentation = "Key of the image that has its programs."
      }
      argument "password" {
        type          = "string"
        required      = true
        documentation = "Secret and key of root's password."
      }
      argument "account" {
        type          = "string"
        documentation = "A ServiceAccount that the server lets in, where it is particular about that."
      }
      argument "labels" {
        type          = "map(string)"
        documentation = "Labels of the programs' pods."
      }
    }
  }
}
