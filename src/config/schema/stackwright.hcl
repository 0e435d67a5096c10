block "stackwright" {
  documentation = "Settings of the whole configuration. There is one such block, in the root module."
  example       = <<-EOT
    stackwright {
      required_version = ">= 0.1"
      installation     = "prod"
    }
  EOT

  argument "installation" {
    type          = "string"
    required      = true
    immutable     = true
    rule          = "installation_name"
    documentation = "Names the inventory, the lock and the ownership labels in every cluster. Another name is another installation, which owns nothing yet."
  }
  argument "required_version" {
    type          = "string"
    documentation = "The versions of the program that may read this configuration, as `>= 0.1, < 2.0`."
  }
}
