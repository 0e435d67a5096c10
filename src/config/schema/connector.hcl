block "connector" {
  documentation = "Single sign-on: somewhere else that people log in at, beside passwords or in their place. What it takes hangs on its `type`; [docs/sign-in.md](../sign-in.md) shows one of each."
  example       = <<-EOT
    connector "company" {
      platform      = platform.ml
      type          = "oidc"
      issuer        = "https://login.corp.example"
      client_id     = "mlops"
      client_secret = var.company_secret
    }
  EOT
  label         = "its name in the configuration"
  identity      = "name"
  decided_by    = "type"

  argument "name" {
    type          = "string"
    immutable     = true
    from_label    = true
    rule          = "connector_name"
    documentation = "The id that Dex knows it by: people's ids are made of it."
  }
  argument "platform" {
    references    = "platform"
    required      = true
    immutable     = true
    documentation = "The platform that people log in to."
  }
  argument "type" {
    type          = "string"
    required      = true
    immutable     = true
    documentation = "What it is that people log in at."
  }
  argument "title" {
    type          = "string"
    rule          = "not_empty"
    otherwise     = "its name"
    documentation = "What stands on its button on the log-in page."
  }
  argument "admin_groups" {
    type          = "list(string)"
    rule          = "group"
    documentation = "Groups whose members are administrators of everybody's namespaces in the cluster's own access rules. Kubeflow's pages know people by e-mail only: there, `admin` of the platform and `contributors` of profiles name them."
  }
}

# What all that speak OAuth 2 have in common.
shared "oauth_client" {
  argument "client_id" {
    type          = "string"
    required      = true
    rule          = "not_empty"
    field         = "clientID"
    documentation = "The id under which the platform is registered there. The address to come back to is `ADDRESS/dex/callback`, with the platform's address as `endpoint` says it."
  }
  argument "client_secret" {
    type          = "string"
    required      = true
    sensitive     = true
    rule          = "not_empty"
    field         = "clientSecret"
    hint          = "Add client_secret = var.NAME with a sensitive variable, or client_secret_from = \"secret/key\" with a Secret in namespace auth."
    documentation = "The secret that belongs to the id: best a variable that is `sensitive`. It is kept in a Secret."
  }
  argument "client_secret_from" {
    type          = "string"
    rule          = "secret_key"
    instead_of    = "client_secret"
    documentation = "A Secret of yours in namespace `auth` and the key in it, as `name/key`, in place of `client_secret`."
  }
}

variant "oidc" {
  of            = "connector"
  documentation = "A provider of OpenID Connect, as Keycloak, Okta, Entra ID or Ping."
  example       = <<-EOT
    connector "company" {
      platform       = platform.ml
      type           = "oidc"
      issuer         = "https://login.corp.example"
      client_id      = "mlops"
      client_secret  = var.company_secret
      allowed_groups = ["data-science"]
    }
  EOT
  include       = ["oauth_client"]
  field         = "oidc"
  calls_back    = true
  needs         = { "oauth2-proxy" = "" }

  argument "issuer" {
    type          = "string"
    required      = true
    rule          = "url"
    field         = "issuer"
    documentation = "Its address, as its tokens name it. Dex asks below it for `/.well-known/openid-configuration` when it starts."
  }
  argument "issuer_alias" {
    type          = "string"
    rule          = "url"
    field         = "issuerAlias"
    needs         = { dex = "2.42" }
    documentation = "The issuer that its tokens name, where that is another than `issuer`."
  }
  argument "scopes" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "scopes"
    otherwise     = "`profile` and `email`"
    documentation = "What is asked for beside `openid`."
  }
  argument "insecure_enable_groups" {
    type          = "bool"
    default       = true
    field         = "insecureEnableGroups"
    documentation = "Whether groups are taken from its tokens. They stay as they were at the log-in."
  }
  argument "allowed_groups" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "allowedGroups"
    needs         = { dex = "2.38" }
    documentation = "Groups of which somebody must be in one. Only these of theirs are known to the platform then."
  }
  argument "insecure_skip_email_verified" {
    type          = "bool"
    default       = false
    field         = "insecureSkipEmailVerified"
    warning       = "Whoever may choose an e-mail address there is taken for the one whose it is."
    documentation = "Whether an e-mail address counts that it does not say is verified."
  }
  argument "root_ca" {
    type          = "string"
    rule          = "certificates"
    field         = "rootCAs"
    encoding      = "files"
    documentation = "Certificates of the authorities to trust, in PEM: `file(\"ca.pem\")`."
  }
  argument "insecure_skip_verify" {
    type          = "bool"
    default       = false
    field         = "insecureSkipVerify"
    warning       = "Any certificate is taken for its own: whoever stands between can log people in as they like."
    documentation = "Whether any certificate is taken for its own."
  }
  argument "basic_auth_unsupported" {
    type          = "bool"
    field         = "basicAuthUnsupported"
    otherwise     = "Dex knows those that need it"
    documentation = "Whether the client's secret goes into the body of requests."
  }
  argument "get_user_info" {
    type          = "bool"
    default       = false
    field         = "getUserInfo"
    documentation = "Whether more is asked for after the token, of providers whose tokens say little."
  }
  argument "user_id_key" {
    type          = "string"
    rule          = "not_empty"
    field         = "userIDKey"
    otherwise     = "`sub`"
    documentation = "The claim that tells people apart."
  }
  argument "user_name_key" {
    type          = "string"
    rule          = "not_empty"
    field         = "userNameKey"
    otherwise     = "`name`"
    documentation = "The claim with a person's name."
  }
  argument "override_claim_mapping" {
    type          = "bool"
    default       = false
    field         = "overrideClaimMapping"
    documentation = "Whether `claim_mapping` holds where the usual claims are there too."
  }
  argument "acr_values" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "acrValues"
    documentation = "How surely people must be known, in the provider's words, the best first."
  }
  argument "prompt_type" {
    type          = "string"
    field         = "promptType"
    otherwise     = "`consent`"
    documentation = "The `prompt` that it is asked with, as `login`."
  }
  argument "pkce_challenge" {
    type          = "string"
    choices       = ["S256", "plain"]
    field         = "pkceChallenge"
    needs         = { dex = "2.45" }
    otherwise     = "what the provider offers"
    documentation = "The proof key's method."
  }
  block "claim_mapping" {
    documentation = "Claims to read where the usual ones are missing."
    example       = <<-EOT
      claim_mapping {
        email = "upn"
      }
    EOT
    maximum       = 1
    field         = "claimMapping"

    argument "email" {
      type          = "string"
      rule          = "not_empty"
      field         = "email"
      otherwise     = "`email`"
      documentation = "The claim with the e-mail address, by which the platform knows people."
    }
    argument "groups" {
      type          = "string"
      rule          = "not_empty"
      field         = "groups"
      otherwise     = "`groups`"
      documentation = "The claim with the groups."
    }
    argument "preferred_username" {
      type          = "string"
      rule          = "not_empty"
      field         = "preferred_username"
      otherwise     = "`preferred_username`"
      documentation = "The claim with the name that somebody wants to be called by."
    }
  }
  block "claim_modifications" {
    documentation = "How groups are changed before the platform sees them."
    example       = <<-EOT
      claim_modifications {
        groups_filter = "^ml-"
        prefix        = "company:"
      }
    EOT
    maximum       = 1
    field         = "claimModifications"

    argument "groups_filter" {
      type          = "string"
      rule          = "not_empty"
      field         = "filterGroupClaims.groupsFilter"
      needs         = { dex = "2.41" }
      documentation = "A regular expression that groups must match to be known."
    }
    argument "prefix" {
      type          = "string"
      field         = "modifyGroupNames.prefix"
      needs         = { dex = "2.44" }
      documentation = "What is put before each group's name."
    }
    argument "suffix" {
      type          = "string"
      field         = "modifyGroupNames.suffix"
      needs         = { dex = "2.44" }
      documentation = "What is put behind each group's name."
    }
    block "new_group_from_claims" {
      documentation = "A further group, made of claims."
      example       = <<-EOT
        new_group_from_claims {
          claims    = ["organization", "role"]
          delimiter = ":"
        }
      EOT
      field         = "newGroupFromClaims"

      argument "claims" {
        type          = "list(string)"
        required      = true
        rule          = "not_empty"
        field         = "claims"
        needs         = { dex = "2.38" }
        documentation = "The claims that its name is made of."
      }
      argument "delimiter" {
        type          = "string"
        field         = "delimiter"
        documentation = "What stands between them."
      }
      argument "clear_delimiter" {
        type          = "bool"
        default       = false
        field         = "clearDelimiter"
        documentation = "Whether that is taken out of the claims' values."
      }
      argument "prefix" {
        type          = "string"
        field         = "prefix"
        documentation = "What stands before the first."
      }
    }
  }
  block "provider_discovery_overrides" {
    documentation = "Addresses in place of those that the provider tells of itself."
    example       = <<-EOT
      provider_discovery_overrides {
        token_url = "https://internal.corp.example/token"
      }
    EOT
    maximum       = 1
    field         = "providerDiscoveryOverrides"

    argument "token_url" {
      type          = "string"
      rule          = "url"
      field         = "tokenURL"
      needs         = { dex = "2.38" }
      documentation = "Where tokens come from."
    }
    argument "auth_url" {
      type          = "string"
      rule          = "url"
      field         = "authURL"
      needs         = { dex = "2.38" }
      documentation = "Where people are sent to log in."
    }
    argument "jwks_url" {
      type          = "string"
      rule          = "url"
      field         = "jwksURL"
      needs         = { dex = "2.40" }
      documentation = "Where the keys are that tokens are signed with."
    }
  }
}
