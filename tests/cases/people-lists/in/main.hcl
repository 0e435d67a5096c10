stackwright {
  installation = "people"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"
  admin {
    email = "admin@example.com"
  }
}

user "csv" {
  for_each = { for person in csvdecode(file("people/team.csv")) : person.name => person }
  platform = platform.ml
  name     = each.key
  email    = lower(each.value.email)
  hash     = each.value.hash

  profile {
    quota = { cpu = each.value.cpu == "" ? "1" : each.value.cpu, memory = each.value.memory }
  }
}

user "json" {
  for_each = { for person in jsondecode(file("${path.module}/people/team.json")).users : person.name => person }
  platform = platform.ml
  name     = each.value.name
  email    = each.value.email
  hash     = each.value.hash

  profile {
    quota = each.value.quota
  }
}

locals {
  yaml = yamldecode(file("people/team.yaml"))
  here = {
    # The one who runs it.
    olga = {
      email = "olga@example.com"
      hash  = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"
    }, # and more
    pete = { email = "pete@example.com", hash = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO" }
  }
}

user "yaml" {
  for_each = { for person in local.yaml : person.name => { mail = person.email, hash = person.hash } }
  platform = platform.ml
  name     = each.key
  email    = each.value.mail
  hash     = each.value.hash
}

user "here" {
  for_each = local.here
  platform = platform.ml
  name     = each.key
  email    = each.value.email
  hash     = each.value.hash
}

module "guests" {
  source   = "./guests"
  platform = platform.ml
  guests   = csvdecode(file("people/guests.csv"))
}

variable "some" {
  default = ["quinn"]
}

user "named" {
  for_each = toset(var.some)
  platform = platform.ml
  name     = each.key
  email    = "${each.key}@example.com"
  hash     = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"
}

user "clear" {
  for_each = { for person in csvdecode(file("people/clear.csv")) : person.name => person }
  platform = platform.ml
  name     = each.key
  email    = each.value.email
  password = each.value.password
}

user "computed" {
  for_each = { for number in range(2) : "guest${number}" => number }
  platform = platform.ml
  name     = each.key
  email    = "${each.key}@example.com"
  hash     = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"
}
