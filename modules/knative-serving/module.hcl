component {
  title       = "Knative Serving"
  description = "Runs containers that answer requests, and scales them with the requests down to none; KServe serves models on it."
  goes_out    = ["controller"]
  replicated  = ["activator", "autoscaler", "autoscaler-hpa", "controller", "webhook", "net-istio-controller", "net-istio-webhook", "domain-mapping", "domainmapping-webhook"]
  namespace   = "knative-serving"
  requires    = ["istio", "cluster-local-gateway", "kubeflow-gateway"]
  editions    = ["mini", "enterprise"]
}

variable "domain" {
  description = "Domain under which services get their addresses, as models.example.com; empty leaves Knative's default."
  type        = string
  default     = ""
}
variable "settings" {
  description = "Further keys of Knative's ConfigMaps, by map: { features = { \"kubernetes.podspec-nodeselector\" = \"enabled\" } }."
  type        = map(map(string))
  default     = {}

  validation {
    condition = length(setsubtract(keys(var.settings), [
      "autoscaler", "defaults", "deployment", "domain", "features", "gc", "leader-election", "logging", "network",
      "observability", "tracing",
    ])) == 0
    error_message = "The maps are autoscaler, defaults, deployment, domain, features, gc, leader-election, logging, network, observability and tracing."
  }
}

locals {
  # Knative's webhook checks the maps by these values of app.kubernetes.io/component, and refuses keys it does not know.
  maps = [
    { name = "autoscaler", component = "autoscaler", data = {} },
    { name = "defaults", component = "controller", data = {} },
    { name = "deployment", component = "controller", data = {
      progressDeadline      = "600s"
      "queue-sidecar-image" = image.queue
    } },
    { name = "domain", component = "controller", data = var.domain == "" ? {} : { (var.domain) = "" } },
    { name = "features", component = "controller", data = {} },
    { name = "gc", component = "controller", data = {} },
    { name = "leader-election", component = "controller", data = {} },
    { name = "logging", component = "logging", data = {} },
    { name = "network", component = "networking", data = {} },
    { name = "observability", component = "observability", data = {} },
    { name = "tracing", component = "tracing", data = {} },
  ]
  configs = [for map in local.maps : merge(map, { data = merge(map.data, lookup(var.settings, map.name, {})) })]

  # What the webhooks watch over. Up to 1.11 domain mappings have webhooks of their own.
  domain_mappings = ["domainmappings", "domainmappings/status"]
  resources       = concat(local.other_resources, local.domain_mappings)
  other_resources = [
    "metrics", "podautoscalers", "certificates", "ingresses", "serverlessservices", "configurations", "revisions",
    "routes", "services",
  ]
}
