component {
  title       = "Knative Eventing"
  description = "Carries events: sources, sinks, sequences, and the kinds Broker, Trigger and Channel. The programs behind brokers and channels are the component knative-broker, as upstream they stand apart."
  replicated  = ["eventing-controller", "eventing-webhook", "job-sink"]
  alone = {
    "pingsource-mt-adapter" = "its controller starts it where a PingSource asks for it"
    "request-reply"         = "its controller divides requests by the number of its pods"
  }
  namespace   = "knative-eventing"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
  when        = platform.edition == "enterprise" || release.version == "1.8.1" # upstream's set has it up to there
}

variable "settings" {
  description = "Further keys of Knative's ConfigMaps, by map: { features = { \"eventtype-auto-create\" = \"enabled\" } }."
  type        = map(map(string))
  default     = {}

  validation {
    condition = length(setsubtract(keys(var.settings), [
      "features", "kreference-mapping", "leader-election", "logging", "observability", "ping-defaults", "sugar", "tracing",
    ])) == 0
    error_message = "The maps are features, kreference-mapping, leader-election, logging, observability, ping-defaults, sugar and tracing."
  }
}
variable "channel" {
  description = "The kind of channel that stands behind channels and brokers that name none."
  type        = object({ apiVersion = string, kind = string })
  default     = { apiVersion = "messaging.knative.dev/v1", kind = "InMemoryChannel" }
}

locals {
  # Features have come and been renamed.
  features_of = {
    "1.10" = { "new-trigger-filters" = "disabled" }
    "1.12" = { "authentication.oidc" = "disabled", "eventtype-auto-create" = "disabled", "new-trigger-filters" = "enabled" }
  }
  features_since_1_16 = {
    "authentication-oidc"         = "disabled"
    "cross-namespace-event-links" = "disabled"
    "default-authorization-mode"  = "allow-same-namespace"
    "eventtype-auto-create"       = "disabled"
    "new-apiserversource-filters" = "disabled"
  }
  maps = {
    features = merge({
      "delivery-retryafter"  = "disabled"
      "delivery-timeout"     = "enabled"
      "kreference-group"     = "disabled"
      "kreference-mapping"   = "disabled"
      "transport-encryption" = "disabled"
    }, lookup(local.features_of, join(".", slice(split(".", component.version), 0, 2)), local.features_since_1_16))
    kreference-mapping = {}
    leader-election    = {}
    logging = {
      "loglevel.controller" = "info"
      "loglevel.webhook"    = "info"
      "zap-logger-config" = jsonencode({
        level            = "info"
        development      = false
        outputPaths      = ["stdout"]
        errorOutputPaths = ["stderr"]
        encoding         = "json"
        encoderConfig = {
          timeKey         = "ts"
          timeEncoder     = "iso8601"
          levelKey        = "level"
          levelEncoder    = ""
          nameKey         = "logger"
          callerKey       = "caller"
          callerEncoder   = ""
          messageKey      = "msg"
          stacktraceKey   = "stacktrace"
          durationEncoder = ""
          lineEnding      = ""
        }
      })
    }
    observability = {}
    ping-defaults = {}
    sugar         = {}
    tracing       = {}
  }
  configs = { for name, data in local.maps : name => merge(data, lookup(var.settings, name, {})) }
}
