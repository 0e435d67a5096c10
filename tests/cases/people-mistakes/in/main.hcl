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

user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  hash     = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"

  profile {}
}

module "one" {
  source   = "./team"
  platform = platform.ml
}
