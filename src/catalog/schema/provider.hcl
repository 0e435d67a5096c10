block "provider" {
  documentation = "What a `provider.hcl` says of a provider: its arguments, and what of `cluster` and `node_pool` has a meaning there."
  example       = <<-EOT
    provider {
      title             = "Kubernetes"
      cluster_arguments = ["name"]

      argument "context" {
        type          = "string"
        documentation = "The context of the kubeconfig."
      }
    }
  EOT
  minimum       = 1
  maximum       = 1

  argument "title" {
    type          = "string"
    documentation = "As people call it."
  }
  argument "description" {
    type          = "string"
    documentation = "What it is, in a sentence."
  }
  argument "example" {
    type          = "string"
    documentation = "A `provider` block as one would write it."
  }
  argument "node_pools" {
    type          = "bool"
    default       = false
    documentation = "Whether it can make node pools."
  }
  argument "cluster_arguments" {
    type          = "list(string)"
    documentation = "Arguments and blocks of `cluster` that it uses, of those that not all do."
  }
  argument "cluster_required" {
    type          = "list(string)"
    documentation = "Those of them that must be given."
  }
  argument "only_by_hand" {
    type          = "bool"
    default       = false
    documentation = "Whether its clusters need more than `init` asks for, which does not offer it then."
  }
  argument "pools_are_fixed" {
    type          = "bool"
    default       = false
    documentation = "Whether node pools are made with their cluster, so that another one takes another cluster."
  }
  argument "full_versions" {
    type          = "bool"
    default       = false
    documentation = "Whether a version of Kubernetes must be whole, as images are named by it."
  }
  argument "node_pool_arguments" {
    type          = "list(string)"
    documentation = "Arguments and blocks of `node_pool` that it uses, of those that not all do."
  }
  argument "node_pool_required" {
    type          = "list(string)"
    documentation = "Those of them that must be given."
  }
  argument "node_os" {
    type          = "map"
    documentation = "Operating systems of nodes with their versions; an empty list means any version."
  }
  block "argument" {
    documentation = "An argument of its `provider` block."
    example       = <<-EOT
      argument "context" {
        type          = "string"
        documentation = "The context of the kubeconfig."
      }
    EOT
    label         = "its name"

    argument "type" {
      type          = "string"
      otherwise     = "a reference, where `references` is given"
      choices       = ["string", "number", "bool", "list(string)", "map(string)", "changes(string)", "list(object)", "map", "any", "provider"]
      documentation = "Its type. A `number` is whole, a `map` holds any values, of `changes(string)` null takes a text away, `provider` is the bare name of one."
    }
    argument "references" {
      type          = "string"
      documentation = "The kind of block it names; with `type = \"string\"` a text may stand in its place."
    }
    argument "required" {
      type          = "bool"
      default       = false
      documentation = "Whether it must be given."
    }
    argument "default" {
      type          = "any"
      documentation = "Its value where it is not given."
    }
    argument "otherwise" {
      type          = "string"
      documentation = "What holds where it is not given and has no default, in words."
    }
    argument "choices" {
      type          = "list(string)"
      documentation = "The texts it, or each of its values, may be."
    }
    argument "minimum" {
      type          = "number"
      documentation = "The least number it may be."
    }
    argument "maximum" {
      type          = "number"
      documentation = "The greatest number it may be."
    }
    argument "rule" {
      type          = "string"
      documentation = "A rule for its text, or for each of its values."
    }
    argument "pattern" {
      type           = "string"
      exclusive_with = ["rule"]
      documentation  = "A regular expression that its whole text, or each of its values, must match."
    }
    argument "pattern_reason" {
      type          = "string"
      documentation = "What is wrong with a text that does not, as a person reads it."
    }
    argument "key_rule" {
      type          = "string"
      documentation = "A rule for the keys of a map."
    }
    argument "immutable" {
      type          = "bool"
      default       = false
      documentation = "Whether a change forces a replacement."
    }
    argument "sensitive" {
      type          = "bool"
      default       = false
      documentation = "Whether it is secret by its nature."
    }
    argument "since" {
      type          = "string"
      documentation = "The first version of the program that knows it."
    }
    argument "documentation" {
      type          = "string"
      required      = true
      documentation = "What it means."
    }
    argument "exclusive_with" {
      type          = "list(string)"
      documentation = "Arguments and blocks that cannot stand beside it."
    }
    argument "warning" {
      type          = "string"
      documentation = "What to say of it where it is switched on."
    }
    argument "together" {
      type          = "list(string)"
      documentation = "Arguments that must stand beside it."
    }
    argument "instead_of" {
      type          = "string"
      documentation = "The argument that it stands for, by naming where its value is."
    }
    argument "field" {
      type          = "string"
      documentation = "What it is called in the configuration of the program that reads it."
    }
    argument "encoding" {
      type          = "string"
      choices       = ["base64", "file", "files"]
      otherwise     = "as it is"
      documentation = "How it is written there: in base64, as the path of a file that holds it, or as a list with that path."
    }
    argument "needs" {
      type          = "map(string)"
      documentation = "Components without which it has no effect, each with the least version; empty for any."
    }
    argument "hint" {
      type          = "string"
      documentation = "What to add where it is missing."
    }
    argument "from_label" {
      type          = "bool"
      default       = false
      documentation = "Whether it is the block's label where it is not given."
    }
    argument "provider_specific" {
      type          = "bool"
      default       = false
      documentation = "Whether it has a meaning is the provider's to say."
    }
    block "argument" {
      documentation = "A field of the objects of a `list(object)`."
      example       = <<-EOT
        argument "key" {
          type          = "string"
          documentation = "The taint's key."
        }
      EOT
      label         = "its name"

      argument "type" {
        type          = "string"
        required      = true
        choices       = ["string", "number", "bool", "any"]
        documentation = "Its type."
      }
      argument "required" {
        type          = "bool"
        default       = false
        documentation = "Whether it must be given."
      }
      argument "default" {
        type          = "any"
        documentation = "Its value where it is not given."
      }
      argument "choices" {
        type          = "list(string)"
        documentation = "The texts it may be."
      }
      argument "rule" {
        type          = "string"
        documentation = "A rule for its text."
      }
      argument "pattern" {
        type           = "string"
        exclusive_with = ["rule"]
        documentation  = "A regular expression that its whole text, or each of its values, must match."
      }
      argument "pattern_reason" {
        type          = "string"
        documentation = "What is wrong with a text that does not, as a person reads it."
      }
      argument "documentation" {
        type          = "string"
        required      = true
        documentation = "What it means."
      }
    }
  }
}
