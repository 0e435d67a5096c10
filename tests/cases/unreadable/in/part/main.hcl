stackwright {
  installation = "prod"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"

  admin {
    email = "admin@example.com"
  }
  component "x" {
    source = "./x"
  }
}
