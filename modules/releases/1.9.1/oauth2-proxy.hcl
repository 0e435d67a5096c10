release "1.9.1" {
  component "oauth2-proxy" {
    version = "7.6.0"
    images  = { proxy = "quay.io/oauth2-proxy/oauth2-proxy:v7.6.0" }
  }
}
