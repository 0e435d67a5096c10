component {
  title       = "Model registry"
  description = "Keeps what models exist, in which versions, from which runs and with which artifacts."
  replicated  = ["model-registry-deployment", "model-registry-ui", "controller-controller-manager"]
  alone = {
    "model-registry-db" = "one program on one volume: a database of your own in its place, docs/storage.md"
  }
  namespace   = "kubeflow"
  requires    = concat(["kubeflow", "kubeflow-gateway"], var.inference_services ? ["kserve"] : [])
  # An addition until Kubeflow 26.03, a part of it since.
  editions = contains(["1.11.0", "26.03"], release.version) ? ["enterprise"] : ["mini", "enterprise"]
}

menu "Model Registry" {
  order = 55
  link  = "/model-registry/"
  icon  = "assignment"
}

variable "storage_size" {
  description = "Size of the database volume."
  type        = string
  default     = "10Gi"
}
variable "profile" {
  description = "The profile in whose namespace it stands: the web application shows the registry to those who have that namespace. Empty is the platform's own, where programs of all namespaces reach it. It keeps nothing when this changes."
  type        = string
  default     = ""

  validation {
    condition     = var.profile == "" || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.profile))
    error_message = "The profile of the registry is the name of a namespace, as team-a; empty is the platform's own."
  }
}
variable "inference_services" {
  description = "Whether the registry is told where its models are served: a controller writes InferenceServices into it that name a model by the label modelregistry.kubeflow.org/registered-model-id."
  type        = bool
  default     = false

  validation {
    condition     = !var.inference_services || can(image.controller)
    error_message = "The program that tells the registry of InferenceServices is published from model registry 0.3.7 on, that is from release 26.03."
  }
}

locals {
  has_page  = true
  namespace = var.profile != "" ? var.profile : component.namespace
}

# MySQL takes it when its volume is empty, and never again.
generated "mysql_root_password" {
  secret  = "${var.profile != "" ? var.profile : "kubeflow"}/model-registry-db-secrets"
  key     = "MYSQL_ROOT_PASSWORD"
  format  = "alphanumeric"
  length  = 32
  data    = "${var.profile != "" ? var.profile : "kubeflow"}/metadata-mysql"
  renewal = "MySQL took the password when it made its data. To change it: change it in the database first (ALTER USER), write the new one into this Secret with kubectl, and apply, which restarts its readers."
}
