block "people" {
  documentation = "Where it is kept who may log in."
  example       = <<-EOT
    people {
      configuration = "auth/dex"
      key           = "config.yaml"
      passwords     = "auth/dex-passwords"
      admin_key     = "DEX_USER_PASSWORD"
      user_key      = "DEX_USER_{name}"
    }
  EOT
  maximum       = 1

  argument "configuration" {
    type          = "string"
    required      = true
    rule          = "namespaced"
    documentation = "The ConfigMap that names them, as namespace/name."
  }
  argument "key" {
    type          = "string"
    required      = true
    documentation = "The key in that ConfigMap."
  }
  argument "passwords" {
    type          = "string"
    required      = true
    rule          = "namespaced"
    documentation = "The Secret of their hashes, as namespace/name."
  }
  argument "admin_key" {
    type          = "string"
    required      = true
    documentation = "The administrator's key in that Secret."
  }
  argument "user_key" {
    type          = "string"
    required      = true
    rule          = "named"
    documentation = "A user's key, with `{name}` for the name."
  }
  argument "sessions" {
    type          = "string"
    documentation = "How long a session lasts, in words: who is taken out stays logged in for so long."
  }
  argument "sessions_end_with" {
    type          = "string"
    rule          = "namespaced"
    documentation = "The Secret that ends all sessions when its generated values are made anew, as namespace/name."
  }
}
