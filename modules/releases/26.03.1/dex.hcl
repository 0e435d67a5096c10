release "26.03.1" {
  component "dex" {
    version = "2.45.1"
    images  = { dex = "ghcr.io/dexidp/dex:v2.45.1" }
    inputs  = { replicas = 2 }
  }
}
