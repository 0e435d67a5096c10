stackwright {
  installation = "sso"
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
    email    = "admin@example.com"
    password = "correct horse battery"
  }
  endpoint {
    host = "ml.example.com"
  }
}
connector "what" {
  platform      = platform.ml
  type          = "openid"
  client_secret = "never shown"
  issuer        = "x"
}
connector "local" {
  platform  = platform.ml
  type      = "oidc"
  issuer    = "login.corp.example"
  client_id = ""
  hots      = "x"
}
connector "both" {
  platform           = platform.ml
  type               = "github"
  client_id          = "x"
  client_secret      = "never shown"
  client_secret_from = "a/b/c"
  root_ca            = "no certificate"
  team_name_field    = "nane"
  organisation {
    name = "x"
  }
}
connector "directory" {
  platform        = platform.ml
  type            = "ldap"
  host            = "ldap://ldap.corp.example"
  bind_dn         = "cn=dex"
  start_tls       = true
  insecure_no_ssl = true
  client_cert     = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
  admin_groups    = ["system:masters"]
  group_search {
    base_dn = "dc=x"
    filter  = "objectClass=group"
  }
}
connector "twice" {
  platform = platform.ml
  name     = "directory"
  type     = "saml"
  sso_url  = "https://login.corp.example/sso"
}
