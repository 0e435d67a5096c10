stackwright {
  installation = "sso"
}
variable "client_secret" {
  type      = string
  sensitive = true
  default   = "kept to itself"
}
provider "sandbox" {}
cluster "main" {
  provider           = sandbox
  kubernetes_version = "v1.34.2"
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "26.03.1"
  admin {
    email = "admin@example.com"
  }
  sign_in {
    issuer          = "https://login.corp.example/realms/ml"
    client_id       = "mlops"
    client_secret   = var.client_secret
    scopes          = ["openid", "email", "groups"]
    allowed_domains = ["corp.example"]
    allowed_groups  = ["data-science"]
    admin_groups    = ["ml-admins"]
  }
}
user "alice" {
  platform = platform.ml
  email    = "alice@corp.example"
  profile {}
}
