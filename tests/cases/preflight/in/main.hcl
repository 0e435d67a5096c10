stackwright {
  installation = "preflight"
}
provider "sandbox" {
  nodes = 1
}
cluster "main" {
  provider = sandbox
}
variable "class" {
  type    = string
  default = null
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"

  storage_class = var.class

  admin {
    email = "admin@example.com"
  }
}
