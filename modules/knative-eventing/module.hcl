component {
  title       = "Knative Eventing"
  description = "Carries events: sources, sinks, sequences, and the kinds Broker, Trigger and Channel. The programs behind brokers and channels are the component knative-broker, as upstream they stand apart."
  namespace   = "knative-eventing"
  requires    = ["kubeflow"]
  editions    = ["enterprise"]
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
  maps = {
    features = {
      "authentication.oidc"   = "disabled"
      "delivery-retryafter"   = "disabled"
      "delivery-timeout"      = "enabled"
      "eventtype-auto-create" = "disabled"
      "kreference-group"      = "disabled"
      "kreference-mapping"    = "disabled"
      "new-trigger-filters"   = "enabled"
      "transport-encryption"  = "disabled"
    }
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
  configs = { for name, data in local.maps : name => merge(data, lookup(input.settings, name, {})) }
}
