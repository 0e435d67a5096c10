release "1.9.1" {
  component "dex" {
    version = "2.39.1"
    images  = { dex = "ghcr.io/dexidp/dex:v2.39.1" }
  }
}
