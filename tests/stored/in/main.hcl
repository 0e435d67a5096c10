# Its records and plans were written by an earlier version of the program. Since `inventory.json` one user of `for_each`
# and one instance of the module have gone, the component's ConfigMap and the storage class have changed.
stackwright {
  installation = "stored"
}
provider "kubernetes" {}
cluster "main" {
  provider = kubernetes
}
storage_class "slow" {
  cluster     = cluster.main
  name        = "stored-slow"
  provisioner = "example.com/disk"
  parameters  = { tier = "fast" }
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"

  admin {
    email = "admin@example.com"
    hash  = "$2y$12$abcdefghijklmnopqrstuuI9EaTRh8sX0h6AlpZXbzWVmCnGnFNyO"
  }
  dynamic "component" {
    for_each = [
      "cluster-local-gateway", "dashboard", "dex", "jupyter", "katib", "katib-database", "knative-serving", "kserve",
      "metacontroller", "models-web-app", "network-policies", "notebook-controller", "oauth2-proxy", "pipelines",
      "pipelines-database", "pipelines-object-store", "poddefaults", "pvcviewer", "tensorboard", "training-operator",
      "volumes",
    ]
    labels = [component.value]
    content {
      enabled = false
    }
  }
  component "x" {
    source = "./x"
  }
}
user "team" {
  for_each = toset(["carol@example.com"])
  platform = platform.ml
  email    = each.value
  hash     = "$2y$12$abcdefghijklmnopqrstuuI9EaTRh8sX0h6AlpZXbzWVmCnGnFNyO"
  name     = split("@", each.value)[0]

  profile {}
}
module "guests" {
  source   = "./guests"
  count    = 1
  platform = platform.ml
  number   = count.index
}
