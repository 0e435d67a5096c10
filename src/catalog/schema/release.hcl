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
}
