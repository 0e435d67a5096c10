stackwright {
  installation = "prod"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
platform "ml" {
  cluster      = cluster.main
  edition      = "mini"
  version      = "1.9.1"
  availability = "hi"
  admin {
    email = "admin@example.com"
  }
  endpoint {
    type                    = "cluster_ip"
    tls                     = "none"
    issuer                  = "corp"
    more_hosts              = ["a b"]
    redirect_http           = true
    annotations             = { "a b" = "c" }
    source_ranges           = ["everybody"]
    load_balancer_class     = "a b"
    external_traffic_policy = "local"
    acme {
      email = "nobody"
    }
    ingress {
      class = "Nginx"
    }
  }
  proxy {
    https     = "proxy.corp.example:3128"
    no_proxy  = ["https://corp.example"]
    ca_bundle = "corp-ca.pem"
  }
  placement {
    node_selector  = { pool = "a b" }
    tolerations    = [{ value = "x" }]
    priority_class = "High"
    spread_over    = ["zone of it"]
  }
  component "dex" {
    placement {
      node_selektor = {}
    }
    resources "dex" {
      requests = { mem = "1Gi" }
      limits   = { memory = "much" }
    }
  }
}
