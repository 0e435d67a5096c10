component {
  title       = "Dex"
  description = "Identity provider: checks users' passwords and issues the tokens the platform knows them by."
  goes_out    = ["dex"]
  replicated  = ["dex"]
  namespace   = "auth"
  requires    = ["kubeflow-gateway"]
  editions    = ["mini", "enterprise"]
  # Where an issuer elsewhere is asked itself, nobody needs it.
  when = platform.sign_in.issuer == ""

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
  address = "http://dex.auth.svc.${platform.domain}:5556/dex"
  # Tokens carry it, and OAuth2 Proxy and Istio compare it literally. Dex wants browsers to be sent back below it from where
  # they log in, so it must be an address that they know.
  calls_back = anytrue([for connector in connectors : connector.calls_back])
  issuer     = local.calls_back ? "${platform.endpoint.url}/dex" : local.address
  callback   = "${local.issuer}/callback"

  # Before 2.42 it put variables into its configuration as they are, where a quote ends a text.
  is_careful = tonumber(split(".", component.version)[1]) >= 42

  # What connectors are told beside their settings: secrets by variables, files by their paths.
  apart = { for connector in connectors : connector.name => [for one in connector.apart : {
    field    = one.field
    is_list  = one.is_list
    is_file  = one.is_file
    file     = "${connector.name}.${one.argument}"
    path     = "/etc/dex/connectors/${connector.name}.${one.argument}"
    variable = upper(replace("DEX_CONNECTOR_${connector.name}_${one.argument}", "-", "_"))
    value    = one.is_file || local.is_careful ? one.value : one.escaped
    secret   = one.secret
    key      = one.key
  }] }
  all_apart      = flatten(values(local.apart))
  variables      = [for one in local.all_apart : one if !one.is_file && one.secret == ""]
  kept_variables = [for one in local.all_apart : one if !one.is_file && one.secret != ""]
  files          = [for one in local.all_apart : one if one.is_file && one.secret == ""]
  kept_files     = [for one in local.all_apart : one if one.is_file && one.secret != ""]
}

export "issuer" {
  value = local.issuer
}
# Where programs in the cluster reach it, whatever it calls itself.
export "address" {
  value = local.address
}

# Who may log in: the people in Dex's configuration, and their hashes in its environment. The administrator's key is the
# only one that upstream has.
people {
  configuration = "auth/dex"
  key           = "config.yaml"
  passwords     = "auth/dex-passwords"
  admin_key     = "DEX_USER_PASSWORD"
  user_key      = "DEX_USER_{name}"

  # The cookie of the proxy in front, which looks at nothing but itself.
  sessions          = "24 hours"
  sessions_end_with = "oauth2-proxy/oauth2-proxy"
}
