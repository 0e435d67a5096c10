# A platform of releases that nobody built in: `catalog` describes them.
stackwright {
  installation = "demo"
}
provider "kubernetes" {}
cluster "main" {
  provider = kubernetes
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.0" # asked for by the widget team

  admin {
    email    = "admin@example.com"
    hash     = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"
  }
}
