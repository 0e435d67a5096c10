block "generated" {
  documentation = "A secret value that is made once and kept in the cluster. Templates write it as `generated.COMPONENT.NAME`."
  example       = <<-EOT
    generated "admin_password" {
      secret  = "monitoring/grafana-admin"
      key     = "password"
      length  = 24
      renewal = "Grafana's administrator logs in with the new password."
    }
  EOT
  label         = "the value's name"

  argument "secret" {
    type          = "string"
    required      = true
    rule          = "namespaced"
    documentation = "The Secret that keeps it, as namespace/name. A template of the component makes it."
  }
  argument "key" {
    type          = "string"
    required      = true
    documentation = "The key in that Secret."
  }
  argument "format" {
    type          = "string"
    default       = "alphanumeric"
    choices       = ["alphanumeric", "hex", "base64", "base64url"]
    documentation = "How it is written."
  }
  argument "length" {
    type          = "number"
    default       = 32
    minimum       = 1
    documentation = "How many characters it has; of the other formats than `alphanumeric`, how many bytes."
  }
  argument "data" {
    type          = "string"
    rule          = "namespaced"
    documentation = "The claim whose data were made with it, as namespace/name. While it is there, the value is not renewed."
  }
  argument "renewal" {
    type          = "string"
    documentation = "Who notices when `--replace` renews it; with `data`, how it is changed by hand. Full sentences."
  }
}
