block "profile" {
  documentation = "A project: a namespace that several users share."
  example       = <<-EOT
    profile "vision" {
      platform     = platform.ml
      owner        = user.alice
      contributors = { "bob@example.com" = "edit" }
    }
  EOT
  label         = "its name in the configuration"
  identity      = "name"

  argument "name" {
    type          = "string"
    immutable     = true
    from_label    = true
    rule          = "label"
    documentation = "The name of the profile and its namespace."
  }
  argument "platform" {
    references    = "platform"
    required      = true
    immutable     = true
    documentation = "The platform it belongs to."
  }
  argument "owner" {
    type          = "string"
    references    = "user"
    required      = true
    rule          = "email"
    documentation = "Whose it is: a `user` block, or an e-mail address."
  }
  argument "contributors" {
    type          = "map(string)"
    key_rule      = "email"
    choices       = ["view", "edit", "admin"]
    documentation = "What others may do there, by e-mail address."
  }
  argument "quota" {
    type          = "map(string)"
    rule          = "quantity"
    documentation = "What the namespace may request, by resource."
  }
}
