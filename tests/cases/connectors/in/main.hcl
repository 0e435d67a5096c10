stackwright {
  installation = "sso"
}
variable "company_secret" {
  type      = string
  sensitive = true
  default   = "a \"secret\" with $HOME in it"
}
variable "release" {
  type    = string
  default = "1.9.1"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = var.release
  admin {
    email    = "admin@example.com"
    password = "correct horse battery"
  }
  endpoint {
    host = "ml.example.com"
  }
}
connector "company" {
  platform       = platform.ml
  type           = "oidc"
  title          = "Company"
  issuer         = "https://login.corp.example"
  client_id      = "mlops"
  client_secret  = var.company_secret
  allowed_groups = ["data-science", "ml-$taff"]
  admin_groups   = ["ml-admins"]
}
connector "directory" {
  platform     = platform.ml
  type         = "active_directory"
  host         = "ad.corp.example"
  bind_dn      = "cn=dex,ou=services,dc=corp,dc=example"
  bind_pw_from = "directory/password"
  user_search {
    base_dn = "ou=people,dc=corp,dc=example"
  }
  group_search {
    base_dn = "ou=groups,dc=corp,dc=example"
  }
}
user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  profile {}
}
