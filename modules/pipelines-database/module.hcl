component {
  title       = "Pipelines' database"
  description = "The MySQL server that keeps pipelines, runs and the metadata of artifacts. Pipelines' input \"database\" names another server in its place."
  alone = {
    "mysql" = "one program on one volume: a database of your own in its place, docs/storage.md"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = []

  keeps {
    database {
      host     = "mysql"
      image    = "mysql"
      password = "mysql-secret/password"
      # The mesh lets in few.
      account = "metadata-grpc-server"
    }
  }
}

variable "size" {
  description = "Size of the volume: pipelines, runs and the metadata of artifacts."
  type        = string
  default     = "20Gi"
}

# MySQL takes the password when it makes its data directory, and never again: changing it later needs ALTER USER.
generated "password" {
  secret  = "kubeflow/mysql-secret"
  key     = "password"
  format  = "alphanumeric"
  length  = 32
  data    = "kubeflow/mysql-pv-claim"
  renewal = "MySQL took the password when it made its data. To change it: change it in the database first (ALTER USER), write the new one into this Secret with kubectl, and apply, which restarts its readers."
}
