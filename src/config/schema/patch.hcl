block "patch" {
  documentation = "A change of what a platform consists of, without a fork of it: a few fields of rendered objects. Patches are made in the order of their addresses, before anything is compared; what they make is checked against the schema of its kind. Identity, ownership labels, `status` and what only the server writes cannot be patched."
  example       = <<-EOT
    patch "dex-memory" {
      platform = platform.ml
      objects  = ["Deployment.apps auth/dex"]
      merge = {
        spec = { template = { spec = { containers = [
          { name = "dex", resources = { limits = { memory = "512Mi" } } },
        ] } } }
      }
    }
  EOT
  label         = "its name in the configuration"

  argument "platform" {
    references    = "platform"
    required      = true
    documentation = "The platform whose objects are changed."
  }
  argument "objects" {
    type          = "list(string)"
    otherwise     = "any object; at least one of `objects`, `component`, `kind` and `labels` is needed, and all that are given must hold"
    documentation = "Objects as plans write them: `Deployment.apps auth/dex`, `Namespace auth`. One that is not there is a warning, for another release may call it otherwise."
  }
  argument "component" {
    type          = "string"
    otherwise     = "any component"
    documentation = "Only objects of this component."
  }
  argument "kind" {
    type          = "string"
    otherwise     = "any kind"
    documentation = "Only objects of this kind, as `Deployment` or `Deployment.apps`."
  }
  argument "labels" {
    type          = "map(string)"
    otherwise     = "any labels"
    documentation = "Only objects with these labels on themselves."
  }
  argument "releases" {
    type          = "list(string)"
    otherwise     = "every release"
    documentation = "Only in releases that fit one of these version constraints, as `>= 1.10`."
  }
  argument "merge" {
    type          = "map"
    otherwise     = "nothing is merged; `merge` or `json` is needed"
    documentation = "Fields that are merged into the objects as `kubectl patch` does: null takes a field away, lists such as containers and variables are merged by their key, `\"$patch\" = \"delete\"` takes an item away and `\"replace\"` puts the patch in place of what is there. Of custom kinds, lists are merged where their schema says so, others are replaced."
  }
  argument "json" {
    type          = "list(object)"
    otherwise     = "none"
    documentation = "Operations of a JSON patch (RFC 6902), after `merge`. A path that does not exist is an error."

    argument "op" {
      type          = "string"
      required      = true
      choices       = ["add", "remove", "replace", "move", "copy", "test"]
      documentation = "What is done."
    }
    argument "path" {
      type          = "string"
      required      = true
      documentation = "Where, as a JSON pointer: `/spec/template/spec/containers/0/image`; a `/` within a name is written `~1`, a `~` is written `~0`."
    }
    argument "from" {
      type          = "string"
      documentation = "Where what is moved or copied stands; `move` and `copy` need it."
    }
    argument "value" {
      type          = "any"
      documentation = "What comes there; `add`, `replace` and `test` need it."
    }
  }
}
