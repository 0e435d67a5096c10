component {
  title       = "Pipelines' object store"
  description = "The S3-compatible server that keeps pipelines' definitions, artifacts and logs. Pipelines' input \"object_store\" names another one in its place."
  alone = {
    "minio" = "one program on one volume: an object store of your own in its place, docs/storage.md"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = []
}

variable "size" {
  description = "Size of the volume: pipelines' definitions, artifacts and logs of all users."
  type        = string
  default     = "20Gi"
}

# Every user's namespace gets a copy of both, so that steps and the web application reach the object store.
generated "access_key" {
  secret  = "kubeflow/mlpipeline-minio-artifact"
  key     = "accesskey"
  format  = "alphanumeric"
  length  = 20
  renewal = "Pipelines and every user's namespace get the new key; steps that run now lose their access to the object store."
}
generated "secret_key" {
  secret  = "kubeflow/mlpipeline-minio-artifact"
  key     = "secretkey"
  format  = "alphanumeric"
  length  = 40
  renewal = "Pipelines and every user's namespace get the new key; steps that run now lose their access to the object store."
}
