# A company's platform: people from a list, projects by team with their queues and shared data, the platform's own pods apart
# and doubled, a load balancer with the company's certificate, and a proxy on the way out. On the sandbox cluster, so that it can
# be tried; for a real one change the provider.

stackwright {
  required_version = ">= 0.1"
  installation     = "company"
}

variable "first_password" {
  description = "First log-in password of everybody; they change it with the administrator."
  type        = string
  sensitive   = true
  default     = "only for the sandbox 4711"
}

locals {
  people = { for person in csvdecode(file("people.csv")) : person.name => person }
  teams = {
    vision = { cpu = 12, memory = 48 }
    speech = { cpu = 8, memory = 32 }
  }
}

provider "sandbox" {
  nodes = 4
}

cluster "main" {
  provider = sandbox
}

platform "ml" {
  cluster      = cluster.main
  edition      = "mini"
  version      = "1.9.1"
  availability = "high"

  admin {
    email = "admin@example.com"
  }

  endpoint {
    type          = "load_balancer"
    host          = "ml.example.com"
    tls           = "company-certificate"
    redirect_http = true
    source_ranges = ["10.0.0.0/8"]
  }

  proxy {
    https    = "http://proxy.example.com:3128"
    no_proxy = [".example.com"]
  }

  placement {
    tolerations = [{ key = "platform", operator = "Exists" }]
    spread_over = ["topology.kubernetes.io/zone"]
  }

  component "pipelines-database" {
    resources "mysql" {
      requests = { memory = "2Gi" }
    }
  }

  scheduler {
    name     = "volcano"
    policies = ["gang", "priority"]
  }
}

user "person" {
  for_each = local.people

  platform = platform.ml
  name     = each.key
  email    = each.value.email
  groups   = [each.value.team]
  password = var.first_password

  profile {
    quota = { cpu = "8", memory = "32Gi" }
  }
}

queue "training" {
  platform   = platform.ml
  capability = { cpu = "24", memory = "96Gi" }
}

queue "team" {
  for_each = local.teams

  platform = platform.ml
  name     = each.key
  parent   = queue.training
  deserved = { cpu = each.value.cpu, memory = "${each.value.memory}Gi" }
}

profile "team" {
  for_each = local.teams

  platform           = platform.ml
  name               = "team-${each.key}"
  owner              = "admin@example.com"
  contributor_groups = { (each.key) = "edit" }
  queue              = queue.team[each.key]
  tolerations        = [{ key = "nvidia.com/gpu", operator = "Exists" }]

  pod_default "data" {
    description = "The team's data sets, and shared memory for loaders"
    volume "data" {
      claim     = "data"
      path      = "/data"
      read_only = true
    }
    volume "shm" {
      memory = "2Gi"
      path   = "/dev/shm"
    }
  }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
