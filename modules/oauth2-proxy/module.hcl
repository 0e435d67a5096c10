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
variable "machine_tokens" {
  description = "Let requests that bring a token of Dex themselves pass without a session, for programs."
  type        = bool
  default     = true
}

# 32 bytes, which the proxy takes as an AES-256 key. It decodes the URL alphabet only.
generated "cookie_secret" {
  secret  = "oauth2-proxy/oauth2-proxy"
  key     = "cookie-secret"
  format  = "base64url"
  length  = 32
  renewal = "Everybody is logged out and logs in again."
}
