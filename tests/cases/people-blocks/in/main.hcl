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
