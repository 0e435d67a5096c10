component {
  title       = "Katib's database"
  description = "The MySQL server that keeps the metrics of all trials. Katib's input \"database\" names another one in its place."
  alone = {
    "katib-mysql" = "one program on one volume: a database of your own in its place, docs/storage.md"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = []

  keeps {
    database {
      host     = "katib-mysql"
      image    = "mysql"
      password = "katib-mysql-secrets/MYSQL_ROOT_PASSWORD"
      labels   = { "sidecar.istio.io/inject" = "false" }
    }
  }
}

variable "size" {
  description = "Size of the volume."
  type        = string
  default     = "10Gi"
}

# MySQL takes the password when it makes its data directory, and never again: changing it later needs ALTER USER.
generated "root_password" {
  secret  = "kubeflow/katib-mysql-secrets"
  key     = "MYSQL_ROOT_PASSWORD"
  format  = "alphanumeric"
  length  = 32
  data    = "kubeflow/katib-mysql"
  renewal = "MySQL took the password when it made its data. To change it: change it in the database first (ALTER USER), write the new one into this Secret with kubectl, and apply, which restarts its readers."
}
