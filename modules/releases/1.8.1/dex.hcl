release "1.8.1" {
  component "dex" {
    version = "2.36.0"
    images  = { dex = "ghcr.io/dexidp/dex:v2.36.0" }
  }
}
