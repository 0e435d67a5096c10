stackwright {
  installation = "prod"
}

provider "kubernetes" {}

cluster "main" {
  provider = kubernetes
}
