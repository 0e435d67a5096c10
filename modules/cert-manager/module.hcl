component {
  title       = "cert-manager"
  description = "Issues and renews the certificates that webhooks and the gateway serve with."
  namespace   = "cert-manager"
  editions    = ["mini", "enterprise"]
}
