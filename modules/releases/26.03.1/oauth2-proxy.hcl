release "26.03.1" {
  component "oauth2-proxy" {
    version = "7.15.2"
    images  = { proxy = "quay.io/oauth2-proxy/oauth2-proxy:v7.15.2" }
  }
}
