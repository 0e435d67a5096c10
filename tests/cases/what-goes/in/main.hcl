stackwright {
  installation = "prod"
}

variable "on" {
  type    = bool
  default = true
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
  default     = true
}

platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"

  admin {
    email    = "admin@example.com"
    password = "a long enough passphrase"
  }
  dynamic "component" {
    for_each = [
      "cert-manager", "cert-manager-issuer", "cluster-local-gateway", "dashboard", "dex", "istio", "jupyter", "katib",
      "katib-database", "knative-serving", "kserve", "kubeflow", "kubeflow-gateway", "metacontroller",
      "models-web-app", "network-policies", "notebook-controller", "oauth2-proxy", "pipelines", "pipelines-database",
      "pipelines-object-store", "poddefaults", "profiles", "pvcviewer", "tensorboard", "training-operator", "users",
      "volumes",
    ]
    labels = [component.value]
    content {
      enabled = false
    }
  }
  component "db" {
    source  = "./db"
    enabled = var.on
  }
}
