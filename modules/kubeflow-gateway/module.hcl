# Apart from Istio because it lives in the namespace of the platform, which in turn needs Istio's webhook to serve.
component {
  title       = "Kubeflow gateway"
  description = "The platform's public entrance with its certificate, and users' rights on Istio's kinds."
  namespace   = "kubeflow"
  requires    = ["istio", "kubeflow", "cert-manager-issuer"]
  editions    = ["mini", "enterprise"]

  # cert-manager keeps the account of an ACME issuer.
  leaves "Secret" {
    name      = "kubeflow-acme-account"
    namespace = "cert-manager"
  }
  readiness "Certificate.cert-manager.io" {
    conditions = ["Ready"]
  }
}

variable "redirect_http" {
  description = "Send browsers from port 80 to HTTPS. Off, because callers inside the cluster use port 80 too."
  type        = bool
  default     = false
}

locals {
  # Name of the TLS Secret in istio-system; nothing is read from it when TLS is off.
  tls_secret = platform.endpoint.tls == "self_signed" ? "kubeflow-gateway-tls" : platform.endpoint.tls_secret
  has_acme   = platform.endpoint.acme.email != ""
  issuer     = platform.endpoint.issuer != "" ? platform.endpoint.issuer : local.has_acme ? "kubeflow-acme" : ""
  # Names that an issuer outside can prove; the cluster's own it cannot.
  public_names = distinct(concat(local.host_is_address || platform.endpoint.host == "" ? [] : [platform.endpoint.host], platform.endpoint.more_hosts))
  # A certificate lists addresses apart from names.
  host_is_address = can(regex("^[0-9.]+$|:", platform.endpoint.host))
}
