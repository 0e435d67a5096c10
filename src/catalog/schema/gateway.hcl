block "gateway" {
  documentation = "The Service through which people come in."
  example       = <<-EOT
    gateway {
      service = "istio-system/istio-ingressgateway"
    }
  EOT
  maximum       = 1

  argument "service" {
    type          = "string"
    required      = true
    rule          = "namespaced"
    documentation = "The Service, as namespace/name."
  }
}
