block "profile" {
  documentation = "A project: a namespace that several users share."
  example       = <<-EOT
    profile "vision" {
      platform     = platform.ml
      owner        = user.alice
      contributors = { "bob@example.com" = "edit" }
    }
  EOT
  label         = "its name in the configuration"
  identity      = "name"
  include       = ["space"]

  argument "name" {
    type          = "string"
    immutable     = true
    from_label    = true
    rule          = "label"
    documentation = "The name of the profile and its namespace."
  }
  argument "platform" {
    references    = "platform"
    required      = true
    immutable     = true
    documentation = "The platform it belongs to."
  }
  argument "owner" {
    type          = "string"
    references    = "user"
    required      = true
    rule          = "email"
    documentation = "Whose it is: a `user` block, or an e-mail address."
  }
  argument "contributors" {
    type          = "map(string)"
    key_rule      = "email"
    choices       = ["view", "edit", "admin"]
    documentation = "What others may do there, by e-mail address."
  }
  argument "contributor_groups" {
    type          = "map(string)"
    key_rule      = "group"
    choices       = ["view", "edit", "admin"]
    documentation = "The same, by group. Kubeflow's pages know people by e-mail only: each `user` block with the group among its `groups` becomes a contributor. Who is in it only elsewhere has its rights with `kubectl`, and not on the pages."
  }
}

# What a namespace of people may have, theirs or a project's.
shared "space" {
  argument "quota" {
    type          = "map(string)"
    rule          = "quantity"
    key_rule      = "quota_key"
    documentation = "What the namespace may request, by resource. Names are those that Kubernetes counts; of a device, as `nvidia.com/gpu`, the requests are meant."
  }
  argument "queue" {
    type          = "string"
    references    = "queue"
    rule          = "label"
    otherwise     = "the scheduler's own default"
    documentation = "The queue of jobs that name none: a `queue` block, or the name of a queue that exists. With Volcano it is an annotation of the namespace, with Kueue a LocalQueue called `default`."
  }
  argument "node_selector" {
    type          = "map(string)"
    key_rule      = "label_key"
    rule          = "label_value"
    documentation = "Labels that nodes of its pods must have, as `{ \"nvidia.com/gpu.product\" = \"A100\" }` for a kind of GPU. It is an annotation of the namespace that the admission plugin `PodNodeSelector` of the cluster's API server reads; where that is off, which is usual, nothing happens, and `tolerations` with a taint on other nodes is the way."
  }
  argument "tolerations" {
    type          = "list(object)"
    needs         = { poddefaults = "" }
    documentation = "Taints that all its pods tolerate. A PodDefault carries them."

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
  argument "adopt_namespace" {
    type          = "bool"
    default       = false
    documentation = "Whether a namespace of that name that is there already becomes this one: it gets the owner's annotation, without which Kubeflow refuses it. Everything in it stays; from then on it goes with the profile."
  }
  block "pod_default" {
    documentation = "What people choose for their notebooks, and what their pods get that have its labels: variables, Secrets, volumes. It is a PodDefault of Kubeflow."
    example       = <<-EOT
      pod_default "datasets" {
        description = "The team's data sets, and the key of its store"
        secrets     = ["store-key"]
        volume "datasets" {
          claim     = "datasets"
          path      = "/data"
          read_only = true
        }
      }
    EOT
    label         = "its name"
    label_rule    = "label"
    needs         = { poddefaults = "" }

    argument "description" {
      type          = "string"
      otherwise     = "its name"
      documentation = "What people read where they choose it."
    }
    argument "selector" {
      type          = "map(string)"
      key_rule      = "label_key"
      rule          = "label_value"
      otherwise     = "its name, with the value `true`"
      documentation = "Labels of the pods that get it; `everywhere` is all."
    }
    argument "everywhere" {
      type           = "bool"
      default        = false
      exclusive_with = ["selector"]
      documentation  = "Whether all pods of the namespace get it."
    }
    argument "env" {
      type          = "map(string)"
      key_rule      = "variable_name"
      documentation = "Variables with their values, as those of a proxy or a package index."
    }
    argument "env_from" {
      type          = "map(string)"
      key_rule      = "variable_name"
      rule          = "secret_key"
      documentation = "Variables whose values stand in Secrets of the namespace, as `name/key`."
    }
    argument "secrets" {
      type          = "list(string)"
      rule          = "subdomain"
      documentation = "Secrets of the namespace whose keys all become variables."
    }
    argument "config_maps" {
      type          = "list(string)"
      rule          = "subdomain"
      documentation = "ConfigMaps of the namespace whose keys all become variables."
    }
    argument "pull_secrets" {
      type          = "list(string)"
      rule          = "subdomain"
      documentation = "Secrets of the namespace that images are pulled with."
    }
    argument "labels" {
      type          = "map(string)"
      key_rule      = "label_key"
      rule          = "label_value"
      documentation = "Labels that its pods get."
    }
    argument "annotations" {
      type          = "map(string)"
      key_rule      = "label_key"
      documentation = "Annotations that its pods get."
    }
    block "volume" {
      documentation = "A volume of its pods: a claim, a Secret, a ConfigMap, or memory."
      example       = <<-EOT
        volume "shm" {
          memory = "8Gi"
          path   = "/dev/shm"
        }
      EOT
      label         = "its name"
      label_rule    = "label"

      argument "path" {
        type          = "string"
        required      = true
        rule          = "absolute_path"
        documentation = "Where it is mounted."
      }
      argument "claim" {
        type           = "string"
        rule           = "subdomain"
        exclusive_with = ["secret", "config_map", "memory"]
        documentation  = "A PersistentVolumeClaim of the namespace: shared data, a cache of packages or models."
      }
      argument "secret" {
        type           = "string"
        rule           = "subdomain"
        exclusive_with = ["claim", "config_map", "memory"]
        documentation  = "A Secret of the namespace, each key a file."
      }
      argument "config_map" {
        type           = "string"
        rule           = "subdomain"
        exclusive_with = ["claim", "secret", "memory"]
        documentation  = "A ConfigMap of the namespace, each key a file."
      }
      argument "memory" {
        type           = "string"
        rule           = "quantity"
        exclusive_with = ["claim", "secret", "config_map"]
        documentation  = "Memory of this size, as shared memory of PyTorch's loaders."
      }
      argument "read_only" {
        type          = "bool"
        default       = false
        documentation = "Whether nothing may be written there."
      }
      argument "sub_path" {
        type          = "string"
        rule          = "not_empty"
        documentation = "The folder of it that is meant."
      }
    }
  }
}
