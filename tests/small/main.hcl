# A platform with all built-in components switched off and one of its own: every kind of object that others touch too.
stackwright {
  installation = "NAME"
}
provider "kubernetes" {}
cluster "main" {
  provider = kubernetes
}
storage_class "slow" {
  cluster     = cluster.main
  name        = "NAME-slow"
  provisioner = "example.com/disk"
}
platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"

  admin {
    email    = "admin@example.com"
    password = var.admin_password
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
  component "x" {
    source = "./x"
  }
}

variable "admin_password" {
  type      = string
  sensitive = true
}
