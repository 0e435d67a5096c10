component {
  title       = "OIDC authservice"
  description = "Sends browsers without a session to log in at Dex, and tells the programs behind the gateway who calls."
  goes_out    = ["oidc-authservice"]
  alone = {
    "oidc-authservice" = "it keeps sessions in a file of its volume"
  }
  namespace   = "istio-system"
  requires    = platform.sign_in.issuer == "" ? ["dex", "istio"] : ["istio"]
  editions    = ["mini", "enterprise"]
}

variable "size" {
  description = "Size of the volume with the sessions."
  type        = string
  default     = "10Gi"
}
variable "session_hours" {
  description = "How long a log-in is good for."
  type        = number
  default     = 24
}
