# The old way in: a proxy of its own at the gateway, for which Istio's filter asks about each request.
release "1.8.1" {
  component "oauth2-proxy" { present = false }
  component "oidc-authservice" {
    version = "0.2.0" # upstream names only a commit, e236439
    images  = { server = "docker.io/kubeflowmanifestswg/oidc-authservice:e236439" }
  }
}
