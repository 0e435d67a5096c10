stackwright {
  installation = "patched"
}
variable "secret" {
  type      = string
  sensitive = true
  default   = "kept to itself"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"
  admin {
    email    = "admin@example.com"
    password = "correct horse battery"
  }
}
patch "unknown-field" {
  platform = platform.ml
  objects  = ["Deployment auth/dex"]
  merge    = { spec = { template = { spec = { containers = [{ name = "dex", imge = "x" }] } } } }
}
patch "wrong-type" {
  platform = platform.ml
  kind     = "Deployment"
  merge    = { spec = { replicas = "two" } }
}
patch "identity" {
  platform = platform.ml
  objects  = ["Deployment.apps auth/dex"]
  merge = {
    metadata = { name = "other", uid = "x", labels = { "stackwright.io/installation" = null } }
    status   = { replicas = 1 }
  }
}
patch "no-path" {
  platform = platform.ml
  objects  = ["Deployment.apps auth/dex"]
  json     = [{ op = "replace", path = "/spec/templte/spec/priority", value = 1 }]
}
patch "no-key" {
  platform = platform.ml
  objects  = ["Deployment.apps auth/dex"]
  merge    = { spec = { template = { spec = { containers = [{ image = "x" }] } } } }
}
patch "secret" {
  platform = platform.ml
  objects  = ["Deployment.apps auth/dex"]
  merge    = { spec = { replicas = var.secret } }
}
patch "custom-kind" {
  platform = platform.ml
  objects  = ["VirtualService.networking.istio.io auth/dex"]
  merge    = { spec = { hots = ["*"] } }
}
patch "outside" {
  platform = platform.ml
  objects  = ["Deployment.apps dex/dex", "Deployment.apps auth/dexx", "Nothing auth/dex"]
  merge    = { spec = { replicas = 2 } }
}
patch "no-component" {
  platform  = platform.ml
  component = "volume"
  merge     = { spec = { replicas = 2 } }
}
patch "no-kind" {
  platform = platform.ml
  kind     = "Deploymnt"
  merge    = { spec = { replicas = 2 } }
}
patch "all-at-once" {
  platform  = platform.ml
  component = "dex"
  labels    = { app = "other" }
  merge     = { spec = { replicas = 2 } }
}
