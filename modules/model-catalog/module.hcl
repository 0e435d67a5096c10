component {
  title       = "Model catalog"
  description = "Lists models that can be had, from Hugging Face and from lists of your own; the model registry's web application shows them."
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
  description = "Lists of your own: a name each, and the YAML text that the catalog reads (source, models)."
  type        = map(string)
  default     = {}
}
variable "storage_size" {
  description = "Size of the database volume."
  type        = string
  default     = "5Gi"
}

locals {
  named = concat(
    [for name, text in input.lists : { name = name, type = "yaml", properties = { yamlCatalogPath = "${sha1(name)}.yaml" }, includedModels = [] }],
    [for found in input.hugging_face : { name = found.name, type = "hf", properties = { apiKeyEnvVar = "HF_API_KEY" }, includedModels = found.models }],
  )
  catalogs = [for source in local.named : merge(
    { id = sha1(source.name), name = source.name, type = source.type, enabled = true, properties = source.properties },
    length(source.includedModels) > 0 ? { includedModels = source.includedModels } : {},
  )]
  files = { for name, text in input.lists : "${sha1(name)}.yaml" => text }
}

# Postgres takes it when its volume is empty, and never again.
generated "password" {
  secret = "kubeflow/model-catalog-postgres"
  key    = "POSTGRES_PASSWORD"
  format = "alphanumeric"
  length = 32
}
