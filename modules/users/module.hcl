component {
  title       = "Users"
  description = "The namespaces of users and projects, and who may work in them."
  requires    = ["profiles"]
  # Profiles come last: what other components make in each namespace is there at once then, and the login works.
  after    = ["dex", "oauth2-proxy", "istio", "kubeflow", "kubeflow-gateway", "poddefaults", "pipelines", "dashboard"]
  editions = ["mini", "enterprise"]
  roles    = ["users"]
}

variable "ingress_principal" {
  description = "Namespace and ServiceAccount of the gateway that requests of people come from."
  type        = string
  default     = "ns/istio-system/sa/istio-ingressgateway-service-account"
}

variable "pipelines_principal" {
  description = "Namespace and ServiceAccount of the pipelines' web server, which reads artifacts for people."
  type        = string
  default     = "ns/kubeflow/sa/ml-pipeline-ui"
}

variable "default_requests" {
  description = "What a container asks for that says nothing, in profiles whose quota counts it."
  type        = object({ cpu = optional(string, "50m"), memory = optional(string, "128Mi") })
  default     = {}
}

variable "default_limits" {
  description = "What a container may use that says nothing, in profiles whose quota counts limits."
  type        = object({ cpu = optional(string, "1"), memory = optional(string, "2Gi") })
  default     = {}
}
