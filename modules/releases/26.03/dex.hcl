release "26.03" {
  component "dex" {
    version = "2.45.0"
    images  = { dex = "ghcr.io/dexidp/dex:v2.45.0" }
  }
}
