# Apart from cert-manager because its webhook must answer before it takes an issuer.
component {
  title       = "Self-signing issuer"
  description = "The ClusterIssuer that signs the platform's own certificates."
  namespace   = "cert-manager"
  requires    = ["cert-manager"]
  editions    = ["mini", "enterprise"]

  readiness "ClusterIssuer.cert-manager.io" {
    conditions = ["Ready"]
  }
  readiness "Issuer.cert-manager.io" {
    conditions = ["Ready"]
  }
  readiness "Certificate.cert-manager.io" {
    conditions = ["Ready"]
  }
}
