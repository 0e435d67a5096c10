component {
  title       = "Knative broker"
  description = "The programs behind Knative Eventing's brokers and channels: events wait in memory for those who subscribe. Payload logging of models and drift detection send through it."
  replicated  = ["mt-broker-controller", "mt-broker-filter", "mt-broker-ingress", "imc-controller", "imc-dispatcher"]
  namespace   = "knative-eventing"
  requires    = ["knative-eventing"]
  editions    = ["enterprise"]
}

variable "max_replicas" {
  description = "How many pods may take events in, and how many hand them out, under load."
  type        = number
  default     = 10

  validation {
    condition     = var.max_replicas >= 1 && floor(var.max_replicas) == var.max_replicas
    error_message = "The number of replicas is a whole number from 1."
  }
}

locals {
  # What both halves of the broker have in common. The port of the metrics is theirs, the others are the events'.
  halves = [
    { name = "ingress", image = image.broker_ingress },
    { name = "filter", image = image.broker_filter },
  ]
  restricted = {
    allowPrivilegeEscalation = false
    capabilities             = { drop = ["ALL"] }
    readOnlyRootFilesystem   = true
    runAsNonRoot             = true
    seccompProfile           = { type = "RuntimeDefault" }
  }
}
