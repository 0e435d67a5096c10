release "26.03" {
  component "oauth2-proxy" {
    version = "7.14.3"
    images  = { proxy = "quay.io/oauth2-proxy/oauth2-proxy:v7.14.3" }
  }
}
