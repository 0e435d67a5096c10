release "1.10.2" {
  component "oauth2-proxy" {
    version = "7.7.1"
    images  = { proxy = "quay.io/oauth2-proxy/oauth2-proxy:v7.7.1" }
  }
}
