component {
  title       = "Model registry"
  description = "Keeps what models exist, in which versions, from which runs and with which artifacts."
  replicated  = ["model-registry-deployment", "model-registry-ui", "controller-controller-manager"]
  alone = {
    "model-registry-db" = "one program on one volume: a database of your own in its place, docs/storage.md"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway"]
  editions    = ["enterprise"]
}

variable "storage_size" {
  description = "Size of the database volume."
  type        = string
  default     = "10Gi"
}

locals {
  # The web application came with 0.3.
  has_page  = false
  namespace = component.namespace
}

# MySQL takes it when its volume is empty, and never again.
generated "mysql_root_password" {
  secret  = "kubeflow/model-registry-db-secrets"
  key     = "MYSQL_ROOT_PASSWORD"
  format  = "alphanumeric"
  length  = 32
  data    = "${component.namespace}/metadata-mysql"
  renewal = "MySQL took the password when it made its data. To change it: change it in the database first (ALTER USER), write the new one into this Secret with kubectl, and apply, which restarts its readers."
}
