stackwright {
  installation = "patched"
}
variable "license" {
  type      = string
  sensitive = true
  default   = "licence-7d1f-of-ours"
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
patch "by-address" {
  platform = platform.ml
  objects  = ["Deployment.apps auth/dex"]
  merge = {
    spec = { template = { spec = { containers = [
      {
        name           = "dex"
        readinessProbe = null
        resources      = { limits = { memory = "512Mi" } }
        env = [
          { name = "LICENSE", value = var.license },
          { name = "DEX_CONTINUE_ON_CONNECTOR_FAILURE", value = "false" },
        ]
      },
    ] } } }
  }
}
patch "by-component" {
  platform  = platform.ml
  component = "volumes"
  kind      = "Deployment"
  merge     = { metadata = { annotations = { "example.com/team" = "storage" } } }
}
patch "by-kind" {
  platform = platform.ml
  kind     = "StatefulSet.apps"
  merge    = { metadata = { annotations = { "example.com/team" = "data" } } }
}
patch "by-label" {
  platform = platform.ml
  labels   = { app = "dex" }
  merge    = { metadata = { annotations = { "example.com/team" = "people" } } }
}
patch "by-operations" {
  for_each = toset(["volumes-web-app-deployment", "tensorboards-web-app-deployment"])
  platform = platform.ml
  objects  = ["Deployment.apps kubeflow/${each.key}"]
  json = [
    { op = "test", path = "/spec/replicas", value = 1 },
    { op = "replace", path = "/spec/replicas", value = 2 },
    { op = "add", path = "/metadata/annotations", value = { "example.com/more" = "yes" } },
  ]
}
patch "of-a-later-release" {
  platform = platform.ml
  objects  = ["Deployment.apps kubeflow/dashboard"]
  releases = [">= 26.03"]
  merge    = { spec = { replicas = 2 } }
}
