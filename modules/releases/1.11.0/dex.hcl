release "1.11.0" {
  component "dex" {
    version = "2.44.0"
    images  = { dex = "ghcr.io/dexidp/dex:v2.44.0" }
  }
}
