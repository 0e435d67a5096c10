block "user" {
  documentation = "Somebody who logs in, with a namespace of their own where there is a `profile` block."
  example       = <<-EOT
    user "alice" {
      platform = platform.ml
      email    = "alice@example.com"
      password = var.alice_password
      profile {
        quota = { cpu = "16", memory = "64Gi" }
      }
    }
  EOT
  label         = "their name in the configuration"
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
    documentation = "The platform they use."
  }
  argument "email" {
    type          = "string"
    required      = true
    rule          = "email"
    documentation = "The e-mail address to log in with. Capitals make no difference."
  }
  argument "password" {
    type           = "string"
    sensitive      = true
    rule           = "password"
    exclusive_with = ["hash"]
    documentation  = "The password: best a variable that is `sensitive`. A user needs this or `hash`."
  }
  argument "hash" {
    type           = "string"
    sensitive      = true
    rule           = "bcrypt_hash"
    exclusive_with = ["password"]
    documentation  = "A bcrypt hash of the password."
  }
  argument "user_id" {
    type          = "string"
    otherwise     = "kept from the cluster, else derived"
    documentation = "The id that Dex knows the user by, for taking over users of an existing platform."
  }
  argument "groups" {
    type          = "list(string)"
    rule          = "group"
    documentation = "Groups that they are in: `contributor_groups` of profiles names these. From Dex 2.45 on (release 26.03) their log-in tells them too."
  }
  block "profile" {
    documentation = "A namespace of their own."
    example       = <<-EOT
      profile {
        quota = { cpu = "16", memory = "64Gi", "nvidia.com/gpu" = 1 }
      }
    EOT
    maximum       = 1
    include       = ["space"]
  }
}
