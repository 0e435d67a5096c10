block "export" {
  documentation = "A value that other definitions and templates read as `exports.COMPONENT.NAME`."
  example       = <<-EOT
    export "issuer" {
      value = "http://dex.auth.svc.cluster.local:5556/dex"
    }
  EOT
  label         = "the value's name"

  argument "value" {
    type          = "any"
    required      = true
    documentation = "The value."
  }
}
