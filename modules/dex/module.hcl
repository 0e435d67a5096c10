component {
  title       = "Dex"
  description = "Identity provider: checks users' passwords and issues the tokens the platform knows them by."
  namespace   = "auth"
  requires    = ["kubeflow-gateway"]
  editions    = ["mini", "enterprise"]

  # Tokens that are out stay valid with them.
  keeps {
    kinds = ["SigningKey.dex.coreos.com", "Password.dex.coreos.com", "Connector.dex.coreos.com", "OAuth2Client.dex.coreos.com"]
  }
}

variable "replicas" {
  type    = number
  default = 1
}
variable "log_level" {
  description = "debug, info, warn or error."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["debug", "info", "warn", "error"], var.log_level)
    error_message = "The log level is one of debug, info, warn and error."
  }
}
variable "most_configured_users" {
  description = <<-EOT
    So many people stand in Dex's configuration, which it reads when it starts; of more each is an object that it looks up.
    2,000 with the longest names are what a ConfigMap can hold.
  EOT
  type        = number
  default     = 2000

  validation {
    condition     = var.most_configured_users >= 0 && var.most_configured_users <= 2000
    error_message = "At most 2,000 people can stand in the configuration."
  }
}

# OAuth2 Proxy proves with it to Dex who it is; both read it from Secrets of their own.
generated "oidc_client_secret" {
  secret  = "auth/dex-oidc-client"
  key     = "OIDC_CLIENT_SECRET"
  format  = "alphanumeric"
  length  = 40
  renewal = "Dex and the proxy in front of the platform restart; logging in fails for that moment."
}

locals {
  # Tokens carry it, and OAuth2 Proxy and Istio compare it literally.
  issuer = "http://dex.auth.svc.${platform.domain}:5556/dex"
}

export "issuer" {
  value = local.issuer
}

# Who may log in: the people in Dex's configuration, and their hashes in its environment. The administrator's key is the
# only one that upstream has.
people {
  configuration = "auth/dex"
  key           = "config.yaml"
  passwords     = "auth/dex-passwords"
  admin_key     = "DEX_USER_PASSWORD"
  user_key      = "DEX_USER_{name}"
}
