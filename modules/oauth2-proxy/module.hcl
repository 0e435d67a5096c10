component {
  title       = "OAuth2 Proxy"
  description = "Sends browsers without a session to log in at Dex, and turns sessions into tokens for the gateway."
  goes_out    = ["oauth2-proxy"]
  replicated  = ["oauth2-proxy"]
  namespace   = "oauth2-proxy"
  requires    = platform.sign_in.issuer == "" ? ["dex", "istio"] : ["istio"]
  editions    = ["mini", "enterprise"]
}

variable "replicas" {
  type    = number
  default = 2
}
variable "machine_tokens" {
  description = "Let requests that bring a token of Dex themselves pass without a session, for programs."
  type        = bool
  default     = true
}

locals {
  # Whether it asks an issuer elsewhere itself; else Dex.
  is_elsewhere = platform.sign_in.issuer != ""
  issuer       = local.is_elsewhere ? platform.sign_in.issuer : exports.dex.issuer
  dex          = local.is_elsewhere ? "" : exports.dex.address
  email_claim  = local.is_elsewhere ? platform.sign_in.email_claim : "email"
  groups_claim = local.is_elsewhere ? platform.sign_in.groups_claim : "groups"
  open_paths   = concat(local.is_elsewhere ? [] : ["/dex/*", "/dex/**"], ["/oauth2/*"])
  secret       = [for one in platform.sign_in.apart : one if one.secret != ""]
  given        = [for one in platform.sign_in.apart : one if one.secret == ""]
}

# 32 bytes, which the proxy takes as an AES-256 key. It decodes the URL alphabet only.
generated "cookie_secret" {
  secret  = "oauth2-proxy/oauth2-proxy"
  key     = "cookie-secret"
  format  = "base64url"
  length  = 32
  renewal = "Everybody is logged out and logs in again."
}
