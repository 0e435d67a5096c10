component {
  title       = "BentoML"
  description = "Yatai: builds images of bentos and runs them as services (BentoRequest, Bento, BentoDeployment). Upstream no longer develops it."
  goes_out    = ["yatai-image-builder"]
  replicated  = ["yatai-deployment", "yatai-image-builder"]
  namespace   = "kubeflow"
  requires    = ["kubeflow", "cert-manager"]
  editions    = []
}

variable "namespaces" {
  description = "Where BentoDeployments are served; profiles' namespaces are named here to be among them."
  type        = list(string)
  default     = ["kubeflow"]
}
variable "registry" {
  description = "Where the images of bentos are pushed to. `in_cluster` is its address as pods see it, where that is another one."
  type = object({
    server     = string
    in_cluster = optional(string, "")
    repository = optional(string, "yatai-bentos")
    username   = optional(string, "")
    password   = optional(string, "")
    secure     = optional(bool, true)
  })
  default = { server = "127.0.0.1:5000", secure = false }
}
locals {
  # A registry beside BentoML, which nodes reach on their own loopback.
  beside     = "docker-registry.kubeflow.svc.${platform.domain}:5000"
  in_cluster = var.registry.in_cluster == "" && var.registry.server == "127.0.0.1:5000" ? local.beside : var.registry.in_cluster
}

variable "build_engine" {
  description = "kaniko, buildkit or buildkit-rootless."
  type        = string
  default     = "kaniko"

  validation {
    condition     = contains(["kaniko", "buildkit", "buildkit-rootless"], var.build_engine)
    error_message = "The build engine is kaniko, buildkit or buildkit-rootless."
  }
}
variable "ingress_class" {
  description = "Class of the Ingresses that BentoDeployments ask for."
  type        = string
  default     = "nginx"
}

# What the two programs would prove to a Yatai dashboard who they are with.
generated "deployment_token" {
  secret  = "kubeflow/yatai-deployment-env"
  key     = "YATAI_API_TOKEN"
  length  = 32
  renewal = "BentoML's programs restart with the new token."
}
generated "image_builder_token" {
  secret  = "kubeflow/yatai-image-builder-env"
  key     = "YATAI_API_TOKEN"
  length  = 32
  renewal = "BentoML's programs restart with the new token."
}
