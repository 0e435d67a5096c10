stackwright {
  installation = "patched"
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
patch "nothing" {
  platform = platform.ml
}
patch "nameless" {
  platform = platform.ml
  labels   = {}
  merge    = {}
}
patch "dex" {
  platform = platform.ml
  objects  = ["dex", "Deployment.apps a/b/c"]
  releases = ["soon"]
  merge    = "spec"
  jsn      = []
}
patch "operations" {
  platform = platform.ml
  kind     = "Deployment"
  json = [
    { op = "set", path = "/spec/replicas", value = 1 },
    { op = "replace", path = "spec.replicas", value = 1 },
    { op = "replace", path = "/spec/replicas" },
    { op = "move", path = "/spec/replicas" },
    { op = "add", path = "/a~b", value = 1 },
    { path = "/spec/replicas", valeu = 1 },
  ]
}
patch "elsewhere" {
  platform = cluster.main
  kind     = "Deployment"
  merge    = {}
}
