component {
  title       = "OAuth2 Proxy"
  description = "Sends browsers without a session to log in at Dex, and turns sessions into tokens for the gateway."
  namespace   = "oauth2-proxy"
  requires    = ["dex", "istio"]
  editions    = ["mini", "enterprise"]
}

variable "replicas" {
  type    = number
  default = 2
}
variable "session_lifetime" {
  description = "How long a log-in lasts, as 24h. Dex's tokens last 24 hours."
  type        = string
  default     = "24h"
}
variable "machine_tokens" {
  description = "Accept requests that bring a token of Dex's themselves, for programs."
  type        = bool
  default     = true
}
variable "extra_jwt_issuers" {
  description = "More issuers whose tokens are accepted: issuer=audience pairs, comma-separated."
  type        = string
  default     = ""
}

# 32 bytes, which the proxy takes as an AES-256 key. It decodes the URL alphabet only.
generated "cookie_secret" {
  secret = "oauth2-proxy/oauth2-proxy"
  key    = "cookie-secret"
  format = "base64url"
  length = 32
}

locals {
  dex    = "http://dex.auth.svc.${platform.domain}:5556/dex" # seen from inside the cluster
  issuer = local.dex
}
