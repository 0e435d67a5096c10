release "1.11.0" {
  component "oauth2-proxy" {
    version = "7.13.0"
    images  = { proxy = "quay.io/oauth2-proxy/oauth2-proxy:v7.13.0" }
  }
}
