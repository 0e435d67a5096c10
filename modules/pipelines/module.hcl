component {
  title       = "Kubeflow Pipelines"
  description = "Stores and runs pipelines, keeps what they make, and shows it: API server, web application, database and object store."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway", "cert-manager", "argo-workflows", "metacontroller"]
  editions    = ["mini", "enterprise"]
}

variable "database_size" {
  description = "Size of the database volume: pipelines, runs and the metadata of artifacts."
  type        = string
  default     = "20Gi"
}
variable "object_store_size" {
  description = "Size of the volume of the object store: pipelines' definitions, artifacts and logs of all users."
  type        = string
  default     = "20Gi"
}
variable "default_pipeline_root" {
  description = "Where runs keep artifacts that name no place of their own, as s3://bucket/path; empty is the platform's object store."
  type        = string
  default     = ""
}
variable "cache_staleness" {
  description = "How old the result of an earlier run may be to be taken for a step that names no age, as P30D; empty is any age."
  type        = string
  default     = ""
}
variable "max_cache_staleness" {
  description = "How old it may be at most, whatever a step names; empty is any age."
  type        = string
  default     = ""
}
variable "time_zone" {
  description = "Time zone of the schedules of recurring runs, as Asia/Seoul."
  type        = string
  default     = "UTC"
}
variable "keep_finished_seconds" {
  description = "How long the pods of a finished run stay, and with them the logs that were not archived."
  type        = number
  default     = 86400
}
variable "log_level" {
  description = "debug, info, warn or error."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["debug", "info", "warn", "error"], var.log_level)
    error_message = "The log level is one of debug, info, warn and error."
  }
}

# MySQL takes the password when it makes its data directory, and never again: changing it later needs ALTER USER.
generated "mysql_password" {
  secret = "kubeflow/mysql-secret"
  key    = "password"
  format = "alphanumeric"
  length = 32
}
# Every user's namespace gets a copy of both, so that steps and the web application reach the object store.
generated "object_store_access_key" {
  secret = "kubeflow/mlpipeline-minio-artifact"
  key    = "accesskey"
  format = "alphanumeric"
  length = 20
}
generated "object_store_secret_key" {
  secret = "kubeflow/mlpipeline-minio-artifact"
  key    = "secretkey"
  format = "alphanumeric"
  length = 40
}

locals {
  # Who may call what only Pipelines' own programs call.
  programs = [
    for account in [
      "ml-pipeline",
      "ml-pipeline-ui",
      "ml-pipeline-persistenceagent",
      "ml-pipeline-scheduledworkflow",
      "ml-pipeline-viewer-crd-service-account",
      "kubeflow-pipelines-cache",
    ] : "cluster.local/ns/kubeflow/sa/${account}"
  ]
}
