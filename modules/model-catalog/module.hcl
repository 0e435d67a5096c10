component {
  title       = "Model catalog"
  description = "Lists models that can be had, from Hugging Face and from lists of your own; the model registry's web application shows them."
  goes_out    = ["model-catalog-server"]
  alone = {
    "model-catalog-server"   = "it loads its catalogue when it starts"
    "model-catalog-postgres" = "one program on one volume: a database of your own in its place, docs/storage.md"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  # An addition to Kubeflow 26.03, a part of it since.
  editions = release.version == "26.03" ? ["enterprise"] : ["mini", "enterprise"]
}

variable "hugging_face" {
  description = "Models of Hugging Face to list: [{ name, models }], the latter as organization/model, where * stands for anything. A key for it is taken from the Secret model-catalog-hf-api-key, key HF_API_KEY, where you make one."
  type        = list(object({ name = string, models = list(string) }))
  default     = []
}
variable "lists" {
  description = "Lists of your own: [{ name, text }], the latter the YAML that the catalog reads (source, models)."
  type        = list(object({ name = string, text = string }))
  default     = []
}
variable "storage_size" {
  description = "Size of the database volume."
  type        = string
  default     = "5Gi"
}

locals {
  catalogs = concat(
    [for place, list in var.lists : {
      id         = "list-${place}"
      name       = list.name
      type       = "yaml"
      enabled    = true
      properties = { yamlCatalogPath = "list-${place}.yaml" }
    }],
    [for place, found in var.hugging_face : {
      id             = "hugging-face-${place}"
      name           = found.name
      type           = "hf"
      enabled        = true
      properties     = { apiKeyEnvVar = "HF_API_KEY" }
      includedModels = found.models
    }],
  )
}

# Postgres takes it when its volume is empty, and never again.
generated "password" {
  secret  = "kubeflow/model-catalog-postgres"
  key     = "POSTGRES_PASSWORD"
  format  = "alphanumeric"
  length  = 32
  data    = "kubeflow/model-catalog-postgres"
  renewal = "PostgreSQL took the password when it made its data. To change it: change it in the database first (ALTER USER), write the new one into this Secret with kubectl, and apply, which restarts its readers."
}
