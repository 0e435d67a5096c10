block "provider" {
  documentation = "How clusters are reached or made. The label is the provider's name, which clusters name with `provider = …`; each provider has arguments of its own. A provider without settings needs no block."
  example       = <<-EOT
    provider "kubernetes" {
      context = "prod"
    }
  EOT
  label         = "the provider's name"
}
