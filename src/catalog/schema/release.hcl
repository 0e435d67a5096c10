# Of the steps of hops: when they hold.
shared "step" {
  argument "with" {
    type          = "list(string)"
    documentation = "Only where one of these components is on."
  }
  argument "without" {
    type          = "list(string)"
    documentation = "Only where none of these components is on."
  }
}

# Of those that are about objects: which.
shared "chosen" {
  argument "kind" {
    type           = "string"
    exclusive_with = ["kinds"]
    documentation  = "The kind of what it is about, as `Deployment.apps`."
  }
  argument "kinds" {
    type          = "list(string)"
    documentation = "Several kinds in its place."
  }
  argument "name" {
    type           = "string"
    exclusive_with = ["names"]
    documentation  = "Only objects of this name."
  }
  argument "names" {
    type          = "list(string)"
    documentation = "Several names in its place."
  }
  argument "namespace" {
    type          = "string"
    documentation = "Only objects of this namespace."
  }
  argument "labels" {
    type          = "map(string)"
    documentation = "Only objects with these labels."
  }
  argument "namespace_labels" {
    type          = "map(string)"
    documentation = "Only objects in namespaces with these labels."
  }
  block "where" {
    documentation = "A field that makes an object one of those that are meant. Of several such blocks one is enough; without any, every object is meant."
    example       = <<-EOT
      where {
        field = "status.phase"
        is    = ["Running", "Pending"]
      }
    EOT

    argument "field" {
      type          = "string"
      required      = true
      documentation = "The path of a field; `[*]` stands for every item, `[\"a.b/c\"]` for a name with dots. It must be there where nothing else is asked of it."
    }
    argument "is" {
      type          = "list(string)"
      documentation = "It has one of these values."
    }
    argument "is_not" {
      type          = "list(string)"
      documentation = "It is there and has none of these values."
    }
    argument "matches" {
      type          = "string"
      documentation = "It is a text that this regular expression finds something in."
    }
  }
}

block "release" {
  documentation = "A version of the platform: what differs from the release it follows, or everything where it follows none. Its files share one label; each may bring components."
  example       = <<-EOT
    release "1.9.2" {
      follows    = "1.9.1"
      kubernetes = { max = "1.33" }
      component "dex" {
        version = "2.41.1"
        images  = { dex = "ghcr.io/dexidp/dex:v2.41.1" }
      }
    }
  EOT
  label         = "the release's version"

  argument "follows" {
    type          = "string"
    documentation = "The release it follows: what is not said here is as there."
  }
  argument "kubernetes" {
    type          = "map(string)"
    documentation = "The oldest and the newest minor version of Kubernetes it runs on, as `min` and `max`."
  }
  block "edition" {
    documentation = "What an edition asks of a cluster, all nodes together. A new edition says all of it."
    example       = <<-EOT
      edition "mini" {
        cpu       = 24
        memory_gb = 96
        nodes     = 2
      }
    EOT
    label         = "the edition's name"
    label_repeats = true

    argument "cpu" {
      type          = "number"
      minimum       = 1
      documentation = "vCPU."
    }
    argument "memory_gb" {
      type          = "number"
      minimum       = 1
      documentation = "GB of memory."
    }
    argument "nodes" {
      type          = "number"
      minimum       = 1
      documentation = "How many nodes."
    }
  }
  block "component" {
    documentation = "A component as this release has it. Of one that was there before only what differs is said."
    example       = <<-EOT
      component "dex" {
        version = "2.39.1"
        images  = { dex = "ghcr.io/dexidp/dex:v2.39.1" }
      }
    EOT
    label         = "the component's name"
    label_repeats = true

    argument "present" {
      type          = "bool"
      default       = true
      documentation = "`false` takes it away; nothing else is said of it then."
    }
    argument "version" {
      type          = "string"
      documentation = "The component's version; a new component needs one."
    }
    argument "was" {
      type          = "list(string)"
      documentation = "Names it had, or those of the components it was a part of, in the release before."
    }
    argument "images" {
      type          = "changes(string)"
      documentation = "Image references by the key that templates use; null takes one away."
    }
    argument "replaces" {
      type          = "changes(string)"
      documentation = "By the same key: the image that upstream names and that its registry does not have any more."
    }
    argument "architectures" {
      type          = "changes(string)"
      documentation = "By the same key: the processors an image is published for, as `amd64, arm64`."
    }
    argument "inputs" {
      type          = "map"
      documentation = "Values that differ from the defaults of the component's variables; null takes one away."
    }
  }
  block "hop" {
    documentation = "The way here from another release: what is looked at, done and told beside what differs. Steps are performed in the order they are written, those of phase `before` before the objects of the release are applied, the others once they serve. Each may be done twice: a run that is killed goes on."
    example       = <<-EOT
      hop {
        from = "1.9.1"

        delete "old-controller" {
          kind   = "CompositeController.metacontroller.k8s.io"
          name   = "kubeflow-pipelines-profile-controller"
          reason = "It would call a program that is gone."
        }
      }
    EOT

    argument "from" {
      type          = "string"
      required      = true
      documentation = "The release it comes from."
    }
    block "check" {
      documentation = "Looks whether anything stands in the way, before anything is changed: objects that are meant must not be there."
      example       = <<-EOT
        check "running-jobs" {
          kind   = "PyTorchJob.kubeflow.org"
          reason = "Their operator goes; nobody would run them any more."
          remedy = "Wait for them, or keep the operator."
          where {
            field = "status.conditions[*].type"
            is    = ["Running"]
          }
        }
      EOT
      label         = "its name"
      include       = ["step", "chosen"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "What is wrong with what it finds."
      }
      argument "remedy" {
        type          = "string"
        documentation = "What to do."
      }
      argument "level" {
        type          = "string"
        choices       = ["refuse", "warn"]
        default       = "refuse"
        documentation = "Whether it stands in the way or is only told."
      }
    }
    block "delete" {
      documentation = "Deletes objects where they are there. Definitions of kinds, namespaces and claims only where it says what it `loses`."
      example       = <<-EOT
        delete "old-webhook" {
          kind   = "MutatingWebhookConfiguration.admissionregistration.k8s.io"
          name   = "admission-webhook"
          reason = "The new one has another name; with both, pods wait for a program that is gone."
        }
      EOT
      label         = "its name"
      include       = ["step", "chosen"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "Why it is done, as the plan tells it."
      }
      argument "phase" {
        type          = "string"
        choices       = ["before", "after"]
        default       = "before"
        documentation = "Before or after the objects of the release are applied."
      }
      argument "one_way" {
        type          = "bool"
        default       = false
        documentation = "Whether there is no way back once it is done."
      }
      argument "loses" {
        type          = "string"
        documentation = "What data is lost by it; then it needs `--allow-data-loss`."
      }
    }
    block "patch" {
      documentation = "Merges values into objects where they are there: null takes a field away."
      example       = <<-EOT
        patch "conversion" {
          kind   = "CustomResourceDefinition.apiextensions.k8s.io"
          name   = "widgets.example.com"
          merge  = { spec = { conversion = null } }
          reason = "Its webhook goes."
        }
      EOT
      label         = "its name"
      include       = ["step", "chosen"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "Why it is done, as the plan tells it."
      }
      argument "phase" {
        type          = "string"
        choices       = ["before", "after"]
        default       = "before"
        documentation = "Before or after the objects of the release are applied."
      }
      argument "one_way" {
        type          = "bool"
        default       = false
        documentation = "Whether there is no way back once it is done."
      }
      argument "loses" {
        type          = "string"
        documentation = "What data is lost by it; then it needs `--allow-data-loss`."
      }
      argument "merge" {
        type          = "map"
        required      = true
        documentation = "What is merged into each object."
      }
      argument "subresource" {
        type          = "string"
        choices       = ["status"]
        documentation = "The part of the object that is written, where it has parts."
      }
    }
    block "store" {
      documentation = "Brings the objects of a kind to another stored version: the version becomes the stored one, every object is written as it is, and the versions before are struck off the definition's list."
      example       = <<-EOT
        store "widgets.example.com" {
          version = "v1beta1"
          reason  = "The new definition knows v1alpha1 no more."
        }
      EOT
      label         = "the definition's name"
      include       = ["step"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "Why it is done, as the plan tells it."
      }
      argument "phase" {
        type          = "string"
        choices       = ["before", "after"]
        default       = "before"
        documentation = "Before or after the objects of the release are applied."
      }
      argument "one_way" {
        type          = "bool"
        default       = false
        documentation = "Whether there is no way back once it is done."
      }
      argument "loses" {
        type          = "string"
        documentation = "What data is lost by it; then it needs `--allow-data-loss`."
      }
      argument "version" {
        type          = "string"
        required      = true
        documentation = "The version to be stored; the definition that is there must serve it."
      }
    }
    block "scale" {
      documentation = "Sets the number of pods of workloads and waits for it. What the release says of it holds again once it is applied."
      example       = <<-EOT
        scale "writers" {
          kind      = "Deployment.apps"
          namespace = "kubeflow"
          name      = "ml-pipeline"
          replicas  = 0
          reason    = "Nobody may write while the schema changes."
        }
      EOT
      label         = "its name"
      include       = ["step", "chosen"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "Why it is done, as the plan tells it."
      }
      argument "phase" {
        type          = "string"
        choices       = ["before", "after"]
        default       = "before"
        documentation = "Before or after the objects of the release are applied."
      }
      argument "one_way" {
        type          = "bool"
        default       = false
        documentation = "Whether there is no way back once it is done."
      }
      argument "loses" {
        type          = "string"
        documentation = "What data is lost by it; then it needs `--allow-data-loss`."
      }
      argument "replicas" {
        type          = "number"
        required      = true
        minimum       = 0
        documentation = "How many pods each has."
      }
    }
    block "restart" {
      documentation = "Restarts workloads one after another pod, as `kubectl rollout restart`. Where the kind is Pod, the workloads they belong to."
      example       = <<-EOT
        restart "sidecars" {
          kind   = "Pod"
          asks   = true
          reason = "Their proxy is older than the new control plane supports."
          where {
            field   = "spec.containers[*].image"
            matches = "proxyv2:1\\.17\\."
          }
        }
      EOT
      label         = "its name"
      include       = ["step", "chosen"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "Why it is done, as the plan tells it."
      }
      argument "phase" {
        type          = "string"
        choices       = ["before", "after"]
        default       = "after"
        documentation = "Before or after the objects of the release are applied."
      }
      argument "asks" {
        type          = "bool"
        default       = false
        documentation = "Whether it is only done with `--restart`: the workloads are users'."
      }
    }
    block "wait" {
      documentation = "Waits until objects serve or are gone."
      example       = <<-EOT
        wait "old-pods" {
          kind      = "Pod"
          namespace = "kubeflow"
          labels    = { app = "minio" }
          until     = "gone"
          reason    = "Two servers must not share a volume."
        }
      EOT
      label         = "its name"
      include       = ["step", "chosen"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "Why it is done, as the plan tells it."
      }
      argument "phase" {
        type          = "string"
        choices       = ["before", "after"]
        default       = "after"
        documentation = "Before or after the objects of the release are applied."
      }
      argument "until" {
        type          = "string"
        choices       = ["gone", "ready"]
        default       = "ready"
        documentation = "What is waited for."
      }
    }
    block "job" {
      documentation = "Runs a program in the cluster, as a Job with an image of one of the two releases, and waits for its end. The end of its log is told; its Job goes once it ended well, and stays for a week where it failed. A run that goes on finds it by its name, which follows from hop and step."
      example       = <<-EOT
        job "dump" {
          namespace = "kubeflow"
          image     = "pipelines-database.mysql"
          command   = ["bash", "-c"]
          program   = "dump-mysql.sh"
          secrets   = { MYSQL_PWD = "mysql-secret/password" }
          user      = 999
          reason    = "The new server rebuilds its files; the old one cannot read those."
          claim "stackwright-dumps" {
            path  = "/dumps"
            size  = "20Gi"
            holds = "dumps of the databases"
          }
        }
      EOT
      label         = "its name"
      include       = ["step"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "Why it is done, as the plan tells it."
      }
      argument "phase" {
        type          = "string"
        choices       = ["before", "after"]
        default       = "before"
        documentation = "Before or after the objects of the release are applied."
      }
      argument "one_way" {
        type          = "bool"
        default       = false
        documentation = "Whether there is no way back once it is done."
      }
      argument "namespace" {
        type          = "string"
        required      = true
        documentation = "Where it runs."
      }
      argument "image" {
        type          = "string"
        required      = true
        documentation = "Component and key of its image, as `dex.dex`."
      }
      argument "release" {
        type          = "string"
        choices       = ["from", "to"]
        default       = "from"
        documentation = "Of which of the two releases its image is."
      }
      argument "command" {
        type          = "list(string)"
        required      = true
        documentation = "The command, in place of the image's."
      }
      argument "program" {
        type          = "string"
        documentation = "A file of `modules/releases/programs`, whose text is the last word of the command."
      }
      argument "environment" {
        type          = "map(string)"
        documentation = "Values of variables by their names."
      }
      argument "secrets" {
        type          = "map(string)"
        documentation = "Secret and key, as `mysql-secret/password`, by the name of the variable that has its value. It is hidden in what is told of the log."
      }
      argument "account" {
        type          = "string"
        documentation = "The ServiceAccount whose token it gets; without one it gets none."
      }
      argument "user" {
        type          = "number"
        default       = 1000
        minimum       = 0
        documentation = "The number of the user it runs as. 0 is root, which the Pod Security level `restricted` forbids: only for the owners of files."
      }
      argument "group" {
        type          = "number"
        minimum       = 0
        otherwise     = "that of the user"
        documentation = "The number of its group, which its claims are given to."
      }
      argument "deadline_minutes" {
        type          = "number"
        default       = 60
        minimum       = 1
        maximum       = 10080
        documentation = "How long it may take, all tries together."
      }
      argument "retries" {
        type          = "number"
        default       = 0
        minimum       = 0
        maximum       = 100
        documentation = "How often it is tried again when it fails."
      }
      argument "labels" {
        type          = "map(string)"
        documentation = "Labels of its pod."
      }
      argument "annotations" {
        type          = "map(string)"
        documentation = "Annotations of its pod."
      }
      argument "beside" {
        type          = "map(string)"
        documentation = "It runs on the node of a pod with these labels, whose claim it sees too."
      }
      block "claim" {
        documentation = "A PersistentVolumeClaim of the namespace that the program sees."
        example       = <<-EOT
          claim "minio-pvc" {
            path      = "/minio"
            read_only = true
          }
        EOT
        label         = "the claim's name"

        argument "path" {
          type          = "string"
          required      = true
          documentation = "Where the program sees it."
        }
        argument "sub_path" {
          type          = "string"
          documentation = "The folder of it that is meant."
        }
        argument "read_only" {
          type          = "bool"
          default       = false
          documentation = "Whether nothing may be written there."
        }
        argument "size" {
          type          = "string"
          documentation = "It is made in this size where it is not there; without a size it must be there."
        }
        argument "holds" {
          type          = "string"
          documentation = "What is in it afterwards; it is left to a person to delete."
        }
      }
    }
    block "note" {
      documentation = "Tells what a person should know before agreeing: what users will notice, how long it takes, what does not come back. Nothing is done."
      example       = <<-EOT
        note "schema" {
          reason  = "Pipelines rebuilds its database; older programs cannot read it."
          one_way = true
        }
      EOT
      label         = "its name"
      include       = ["step"]

      argument "reason" {
        type          = "string"
        required      = true
        documentation = "What there is to know."
      }
      argument "one_way" {
        type          = "bool"
        default       = false
        documentation = "Whether there is no way back once it is done."
      }
      argument "loses" {
        type          = "string"
        documentation = "What data is lost by it; then it needs `--allow-data-loss`."
      }
    }
  }
}
