stackwright {
  installation = "external"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
  name     = "external"
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"
  admin {
    email = "admin@example.com"
  }
  component "pipelines" {
    inputs = {
      database = {
        host      = "mysql.corp.example:3306"
        port      = 70000
        secret    = "vault/mysql"
        pipelines = "ml-pipeline"
        cache     = "metadb"
      }
      object_store = {
        endpoint = "https://s3.corp.example"
        port     = 0.5
        bucket   = "10.0.0.1"
        region   = "Seoul 1"
        secret   = "S3"
      }
    }
  }
  component "katib" {
    inputs = { database = { host = "", port = 0, secret = "a/b", name = "a b" } }
  }
}
