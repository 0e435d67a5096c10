stackwright {
  installation = "prod"
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
    password = "a long enough passphrase"
  }
  endpoint {
    type                    = "cluster_ip"
    source_ranges           = ["10.0.0.0/8"]
    external_traffic_policy = "Local"
    ingress {}
  }
  proxy { no_proxy = [".corp.example"] }
  scheduler { name = "kueue" }
  component "dex" {
    resources "dexx" {
      requests = { memory = "1Gi" }
    }
  }
  component "poddefaults" {
    enabled = false
  }
}
profile "vision" {
  platform    = platform.ml
  owner       = "admin@example.com"
  tolerations = [{ key = "gpu", operator = "Exists" }]
  pod_default "data" {
    env = { A = "b" }
  }
}
