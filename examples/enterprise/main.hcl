# A team's platform: people from a list, a shared project, their own notebook image, gang scheduling with a queue, shared
# and watched GPUs. On the sandbox cluster, so that it can be tried; for a real one change the provider.

stackwright {
  required_version = ">= 0.1"
  installation     = "enterprise"
}

variable "team" {
  description = "People who get a namespace of their own, by user name."
  type = map(object({
    email  = string
    cpu    = optional(string, "16")
    memory = optional(string, "64Gi")
    gpus   = optional(number, 0)
  }))
  default = {
    alice = { email = "alice@example.com", gpus = 1 }
    bob   = { email = "bob@example.com", cpu = "8" }
  }

  validation {
    condition     = alltrue([for person in values(var.team) : person.gpus <= 8])
    error_message = "Nobody gets more than 8 GPUs; ask for a shared project instead."
  }
}

variable "first_password" {
  description = "First log-in password of everybody; they change it with the administrator."
  type        = string
  sensitive   = true
  default     = "only for the sandbox 4711"
}

provider "sandbox" {
  nodes = 4
}

cluster "main" {
  provider = sandbox
}

storage_class "nfs" {
  cluster     = cluster.main
  provisioner = "nfs.csi.k8s.io"
  parameters  = { server = "10.0.0.9", share = "/vol1" }
  default     = true
}

platform "ml" {
  cluster       = cluster.main
  edition       = "enterprise"
  version       = "1.9.1"
  storage_class = storage_class.nfs
  tags          = { env = "prod" }

  admin {
    email = "admin@example.com"
  }

  scheduler {
    name     = "volcano"
    policies = ["gang", "binpack", "priority"]
  }

  gpu {
    sharing    = "time_slicing"
    replicas   = 4
    monitoring = true
  }

  notebooks {
    image "torch" {
      name = "registry.corp.example/torch:2.4"
      kind = "jupyter"
    }
  }
}

user "member" {
  for_each = var.team

  platform = platform.ml
  name     = each.key
  email    = each.value.email
  password = var.first_password

  profile {
    quota = merge(
      { cpu = each.value.cpu, memory = each.value.memory },
      each.value.gpus > 0 ? { "nvidia.com/gpu" = tostring(each.value.gpus) } : {},
    )
  }
}

profile "vision" {
  platform     = platform.ml
  owner        = user.member["alice"]
  contributors = { "bob@example.com" = "edit" }
}

queue "training" {
  platform   = platform.ml
  weight     = 4
  capability = { cpu = "32", "nvidia.com/gpu" = 8 }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}

output "people" {
  value = [for person in values(user.member) : person.email]
}
