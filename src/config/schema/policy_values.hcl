block "change" {
  documentation = "An object that the plan makes, changes or removes, or with `each = \"objects\"` leaves as it is. The fields are those of an entry of `resource_changes` in `plan --json`, with what lies under `change` there beside them, and a few more. A list of all of them is `changes`."
  example       = <<-EOT
    each      = "changes"
    condition = "change.action != 'delete' || change.namespace != 'kubeflow'"
  EOT

  argument "address" {
    type          = "string"
    documentation = "The object as every flag takes it: `platform.ml.dex/Deployment.apps auth/dex`."
  }
  argument "previous_address" {
    type          = "string"
    documentation = "The same by its former name, where a `moved` block gave it another; else it is not there."
  }
  argument "owner" {
    type          = "string"
    documentation = "What asked for it: `platform.ml.dex`, `user.alice`."
  }
  argument "component" {
    type          = "string"
    documentation = "The component it is of, as `dex`; null where it is of none."
  }
  argument "type" {
    type          = "string"
    documentation = "Kind and group: `Deployment.apps`."
  }
  argument "kind" {
    type          = "string"
    documentation = "The kind alone: `Deployment`."
  }
  argument "api_version" {
    type          = "string"
    documentation = "As `apps/v1`."
  }
  argument "namespace" {
    type          = "string"
    documentation = "Empty for an object of the whole cluster."
  }
  argument "name" {
    type          = "string"
    documentation = "The object's name."
  }
  argument "labels" {
    type          = "map(string)"
    documentation = "Its labels after the plan; of an object that goes, those it has now."
  }
  argument "action" {
    type          = "string"
    documentation = "What happens to it: `no-op`, `create`, `update`, `replace`, `delete`, `adopt`, `forget`."
  }
  argument "actions" {
    type          = "list(string)"
    documentation = "The same as `plan --json` has it, where a replacement is `[\"delete\", \"create\"]`."
  }
  argument "before" {
    type          = "any"
    documentation = "The object as it is; null where there is none. Secret values are `(sensitive value)`."
  }
  argument "after" {
    type          = "any"
    documentation = "The object as it will be; null where it goes. Secret values are `(sensitive value)`."
  }
  argument "fields" {
    type          = "list(object)"
    documentation = "The fields that differ, each with `path`, `before`, `after` and `sensitive`."
  }
  argument "action_reason" {
    type          = "string"
    documentation = "Why, in a sentence; may be empty."
  }
  argument "checked" {
    type          = "map"
    documentation = "`checked.how`: `owned`, `server` or `offline`, the last with `checked.reason`."
  }
  argument "patched_by" {
    type          = "list(string)"
    documentation = "The `patch` blocks that changed the object; not there where there are none."
  }
  argument "data_loss" {
    type          = "string"
    documentation = "What a person would lose by it; not there where that is nothing."
  }
  argument "restarts" {
    type          = "bool"
    documentation = "Whether running pods are replaced by it."
  }
}

block "object" {
  documentation = "The Kubernetes object as it is after the plan, whole; null where it goes. Secret values are `(sensitive value)`. With it comes `oldObject`, as it is before: null where it is made. A list of all that are there after the plan is `objects`."
  example       = <<-EOT
    each      = "objects"
    match     = "object.kind == 'Deployment'"
    condition = "object.spec.template.spec.containers.all(c, has(c.resources))"
  EOT
}

block "oldObject" {
  documentation = "The Kubernetes object as it is before the plan; null where it is made."
  example       = <<-EOT
    each      = "changes"
    match     = "object != null && oldObject != null && has(object.spec.replicas)"
    condition = "object.spec.replicas >= oldObject.spec.replicas"
  EOT
}

block "plan" {
  documentation = "The plan as a whole. Where a configuration has several clusters, or a provider that makes them, each has a plan of its own, and each is judged."
  example       = <<-EOT
    condition = "plan.counts.delete <= 20"
  EOT

  argument "installation" {
    type          = "string"
    documentation = "Name of the installation."
  }
  argument "cluster" {
    type          = "string"
    documentation = "Address of the cluster, `cluster.main`; of what makes clusters, `provider.scp`."
  }
  argument "mode" {
    type          = "string"
    documentation = "`apply`, `destroy`, `refresh-only`, `adopt` or `forget`."
  }
  argument "inventory_revision" {
    type          = "number"
    documentation = "Revision of the records the plan was made on."
  }
  argument "counts" {
    type          = "map"
    documentation = "How many objects there are of each action: `create`, `update`, `replace`, `delete`, `adopt`, `forget`, `unchanged`."
  }
}

block "cluster" {
  documentation = "The cluster of the plan; null where that is of what makes clusters."
  example       = <<-EOT
    match     = "cluster != null && cluster.address == 'cluster.production'"
    condition = "plan.counts.delete == 0"
  EOT

  argument "address" {
    type          = "string"
    documentation = "`cluster.main`."
  }
  argument "provider" {
    type          = "string"
    documentation = "`kubernetes`, `sandbox`, `scp`."
  }
  argument "name" {
    type          = "string"
    documentation = "Its name; empty where the provider has no use for it."
  }
  argument "server_version" {
    type          = "string"
    documentation = "The version of Kubernetes that runs there, as `v1.31.8`; of one that is to be made, the version that is asked for."
  }
  argument "tags" {
    type          = "map(string)"
    documentation = "Its tags."
  }
}

block "platform" {
  documentation = "The platform of the plan's cluster; null where there is none. It has every argument and block of the `platform` block by its name, with defaults and without secrets, and these beside them."
  example       = <<-EOT
    match     = "platform != null"
    condition = "platform.endpoint.type == 'cluster_ip' && platform.availability == 'high'"
  EOT

  argument "address" {
    type          = "string"
    documentation = "`platform.ml`."
  }
  argument "installed" {
    type          = "string"
    documentation = "The release that is installed; null where none is."
  }
}

block "release" {
  documentation = "The way from one release to another; null where the release stays."
  example       = <<-EOT
    condition = "release == null || release.hops == 1"
  EOT

  argument "from" {
    type          = "string"
    documentation = "The release that is installed."
  }
  argument "to" {
    type          = "string"
    documentation = "The release that the configuration names."
  }
  argument "hops" {
    type          = "number"
    documentation = "How many releases are gone through, the last one among them."
  }
  argument "one_way" {
    type          = "bool"
    documentation = "Whether there is a step on the way that cannot be undone."
  }
}

block "user" {
  documentation = "A `user` block. A list of all of the plan's platform is `users`."
  example       = <<-EOT
    each      = "users"
    condition = "user.email.endsWith('@corp.example')"
  EOT

  argument "address" {
    type          = "string"
    documentation = "`user.alice`."
  }
  argument "name" {
    type          = "string"
    documentation = "Name of the profile and its namespace."
  }
  argument "email" {
    type          = "string"
    documentation = "Lower case."
  }
  argument "groups" {
    type          = "list(string)"
    documentation = "Groups that they are in."
  }
  argument "has_profile" {
    type          = "bool"
    documentation = "Whether they have a namespace of their own."
  }
}

block "profile" {
  documentation = "A namespace of people: that of a `user` block with a profile, or a `profile` block. A list of all of the plan's platform is `profiles`."
  example       = <<-EOT
    each      = "profiles"
    condition = "has(profile.quota) && 'nvidia.com/gpu' in profile.quota"
  EOT

  argument "address" {
    type          = "string"
    documentation = "`user.alice`, `profile.vision`."
  }
  argument "name" {
    type          = "string"
    documentation = "The namespace's name."
  }
  argument "owner" {
    type          = "string"
    documentation = "The owner's e-mail."
  }
  argument "is_shared" {
    type          = "bool"
    documentation = "Whether it is that of a `profile` block."
  }
  argument "contributors" {
    type          = "map(string)"
    documentation = "E-mail to `view`, `edit` or `admin`."
  }
  argument "quota" {
    type          = "map(string)"
    documentation = "Amounts by resource; not there where there is none, so that `has(profile.quota)` asks for it."
  }
}

block "queue" {
  documentation = "A `queue` block, with every argument by its name. A list of all of the plan's platform is `queues`."
  example       = <<-EOT
    each      = "queues"
    condition = "'nvidia.com/gpu' in queue.capability"
  EOT

  argument "address" {
    type          = "string"
    documentation = "`queue.training`."
  }
}

block "image" {
  documentation = "An image that the platform needs, hidden ones too. A list of all of them is `images`."
  example       = <<-EOT
    each      = "images"
    condition = "image.pulled.contains('@sha256:') || !image.pulled.endsWith(':latest')"
  EOT

  argument "image" {
    type          = "string"
    documentation = "As its publisher names it: `ghcr.io/dexidp/dex:v2.39.1`."
  }
  argument "pulled" {
    type          = "string"
    documentation = "As it is pulled; the same without a mirror."
  }
  argument "components" {
    type          = "list(string)"
    documentation = "Components that use it."
  }
  argument "places" {
    type          = "list(string)"
    documentation = "Where it stands: `Deployment.apps auth/dex`."
  }
}

block "component" {
  documentation = "A part of the platform. A list of all that are enabled is `components`."
  example       = <<-EOT
    each      = "components"
    condition = "component.name != 'spark-operator'"
  EOT

  argument "address" {
    type          = "string"
    documentation = "`platform.ml.dex`."
  }
  argument "name" {
    type          = "string"
    documentation = "`dex`."
  }
  argument "version" {
    type          = "string"
    documentation = "Empty for a component of the user's own."
  }
  argument "namespace" {
    type          = "string"
    documentation = "Where most of its objects are."
  }
}

block "risk" {
  documentation = "Something that could go wrong by the plan, as its pages tell it. A list of all of them is `risks`."
  example       = <<-EOT
    each      = "risks"
    condition = "risk.name != 'restarts' || risk.object.contains(' kubeflow/')"
  EOT

  argument "name" {
    type          = "string"
    documentation = "`data_loss`, `one_way`, `hazard` (a check of the way between releases warns), `replaced`, `of_others` (objects and fields of others), `restarts` (pods restart or go), `drifted` (changed outside), `kept` (stays because it holds data)."
  }
  argument "level" {
    type          = "string"
    documentation = "`danger`, `warning` or `note`."
  }
  argument "object" {
    type          = "string"
    documentation = "The object, as `Deployment.apps auth/dex`; empty where it is about none."
  }
  argument "text" {
    type          = "string"
    documentation = "What is to be known of it."
  }
}
