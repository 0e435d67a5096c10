release "1.10.2" {
  component "dex" {
    version = "2.41.1"
    images  = { dex = "ghcr.io/dexidp/dex:v2.41.1" }
  }
}
