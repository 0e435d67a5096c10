# Connectors of directories, which Dex asks itself, and of SAML.

# How a directory is reached and searched. Only the usual attributes differ between kinds of them.
shared "directory" {
  argument "host" {
    type          = "string"
    required      = true
    rule          = "host_port"
    field         = "host"
    documentation = "Its host, and the port where it is another than 636, or 389 with `insecure_no_ssl`."
  }
  argument "insecure_no_ssl" {
    type           = "bool"
    default        = false
    field          = "insecureNoSSL"
    exclusive_with = ["start_tls"]
    warning        = "It is talked to without TLS: passwords can be read on the way."
    documentation  = "Whether it is talked to without TLS."
  }
  argument "start_tls" {
    type           = "bool"
    default        = false
    field          = "startTLS"
    exclusive_with = ["insecure_no_ssl"]
    documentation  = "Whether TLS begins on the plain port. Such a `host` mostly ends in `:389`."
  }
  argument "insecure_skip_verify" {
    type          = "bool"
    default       = false
    field         = "insecureSkipVerify"
    warning       = "Any certificate is taken for its own: whoever stands between can log people in as they like."
    documentation = "Whether any certificate is taken for its own."
  }
  argument "root_ca" {
    type          = "string"
    rule          = "certificates"
    field         = "rootCAData"
    encoding      = "base64"
    documentation = "Certificates of the authorities to trust, in PEM: `file(\"ca.pem\")`."
  }
  argument "client_cert" {
    type          = "string"
    rule          = "certificates"
    field         = "clientCert"
    encoding      = "file"
    together      = ["client_key"]
    documentation = "A certificate that Dex shows, in PEM."
  }
  argument "client_key" {
    type          = "string"
    sensitive     = true
    rule          = "not_empty"
    field         = "clientKey"
    encoding      = "file"
    together      = ["client_cert"]
    documentation = "The key of that certificate, in PEM. It is kept in a Secret."
  }
  argument "client_key_from" {
    type          = "string"
    rule          = "secret_key"
    instead_of    = "client_key"
    documentation = "A Secret of yours in namespace `auth` and the key in it, as `name/key`, in place of `client_key`."
  }
  argument "bind_dn" {
    type          = "string"
    rule          = "not_empty"
    field         = "bindDN"
    together      = ["bind_pw"]
    otherwise     = "Dex searches without logging in"
    documentation = "Who Dex logs in as to search, as `cn=dex,ou=services,dc=corp,dc=example`."
  }
  argument "bind_pw" {
    type          = "string"
    sensitive     = true
    rule          = "not_empty"
    field         = "bindPW"
    together      = ["bind_dn"]
    hint          = "Add bind_pw = var.NAME with a sensitive variable, or bind_pw_from = \"secret/key\" with a Secret in namespace auth."
    documentation = "The password to search with: best a variable that is `sensitive`. It is kept in a Secret."
  }
  argument "bind_pw_from" {
    type          = "string"
    rule          = "secret_key"
    instead_of    = "bind_pw"
    together      = ["bind_dn"]
    documentation = "A Secret of yours in namespace `auth` and the key in it, as `name/key`, in place of `bind_pw`."
  }
  argument "username_prompt" {
    type          = "string"
    rule          = "not_empty"
    field         = "usernamePrompt"
    otherwise     = "`Username`"
    documentation = "What the log-in page calls the name to type."
  }
}

variant "ldap" {
  of            = "connector"
  documentation = "A directory that is asked by LDAP, as OpenLDAP or FreeIPA. Dex shows the page that people type their password on."
  example       = <<-EOT
    connector "directory" {
      platform = platform.ml
      type     = "ldap"
      host     = "ldap.corp.example"
      bind_dn  = "cn=dex,ou=services,dc=corp,dc=example"
      bind_pw  = var.directory_password
      user_search {
        base_dn = "ou=people,dc=corp,dc=example"
      }
      group_search {
        base_dn = "ou=groups,dc=corp,dc=example"
        matcher {
          user_attr  = "DN"
          group_attr = "member"
        }
      }
    }
  EOT
  include       = ["directory"]
  field         = "ldap"

  block "user_search" {
    documentation = "How people are found."
    example       = <<-EOT
      user_search {
        base_dn  = "ou=people,dc=corp,dc=example"
        username = "uid"
      }
    EOT
    minimum       = 1
    maximum       = 1
    field         = "userSearch"
    include       = ["search"]

    argument "username" {
      type          = "string"
      default       = "uid"
      rule          = "ldap_attribute"
      field         = "username"
      documentation = "The attribute that is what people type."
    }
    argument "id_attr" {
      type          = "string"
      default       = "uid"
      rule          = "ldap_attribute"
      field         = "idAttr"
      documentation = "The attribute that tells people apart; `DN` for where they stand."
    }
    argument "name_attr" {
      type          = "string"
      default       = "cn"
      rule          = "ldap_attribute"
      field         = "nameAttr"
      documentation = "The attribute with a person's name."
    }
    argument "email_attr" {
      type           = "string"
      default        = "mail"
      rule           = "ldap_attribute"
      field          = "emailAttr"
      exclusive_with = ["email_suffix"]
      documentation  = "The attribute with the e-mail address, by which the platform knows people."
    }
    argument "email_suffix" {
      type           = "string"
      rule           = "subdomain"
      field          = "emailSuffix"
      exclusive_with = ["email_attr"]
      documentation  = "The domain of e-mail addresses that are made of `id_attr`, where the directory has none."
    }
    argument "preferred_username_attr" {
      type          = "string"
      rule          = "ldap_attribute"
      field         = "preferredUsernameAttr"
      documentation = "The attribute with the name that somebody wants to be called by."
    }
  }
  block "group_search" {
    documentation = "How people's groups are found. Without it nobody has any."
    example       = <<-EOT
      group_search {
        base_dn = "ou=groups,dc=corp,dc=example"
        filter  = "(objectClass=groupOfNames)"
        matcher {
          user_attr  = "DN"
          group_attr = "member"
        }
      }
    EOT
    maximum       = 1
    field         = "groupSearch"
    include       = ["search"]

    argument "name_attr" {
      type          = "string"
      default       = "cn"
      rule          = "ldap_attribute"
      field         = "nameAttr"
      documentation = "The attribute with a group's name."
    }
    block "matcher" {
      documentation = "How a group names its members; with several, each of them counts."
      example       = <<-EOT
        matcher {
          user_attr  = "uid"
          group_attr = "memberUid"
        }
      EOT
      minimum       = 1
      field         = "userMatchers"

      argument "user_attr" {
        type          = "string"
        required      = true
        rule          = "ldap_attribute"
        field         = "userAttr"
        documentation = "The attribute of people; `DN` for where they stand."
      }
      argument "group_attr" {
        type          = "string"
        required      = true
        rule          = "ldap_attribute"
        field         = "groupAttr"
        documentation = "The attribute of groups that must hold it."
      }
      argument "recursion_group_attr" {
        type          = "string"
        rule          = "ldap_attribute"
        field         = "recursionGroupAttr"
        needs         = { dex = "2.44" }
        documentation = "The attribute by which groups name the groups in them."
      }
    }
  }
}

# Where a search begins and what it takes.
shared "search" {
  argument "base_dn" {
    type          = "string"
    required      = true
    rule          = "not_empty"
    field         = "baseDN"
    documentation = "Where the search begins, as `ou=people,dc=corp,dc=example`."
  }
  argument "filter" {
    type           = "string"
    pattern        = "\\(.*\\)"
    pattern_reason = "it must stand in parentheses, as (objectClass=person)"
    field          = "filter"
    documentation  = "A filter of LDAP for those that count, as `(objectClass=person)`."
  }
  argument "scope" {
    type          = "string"
    default       = "sub"
    choices       = ["sub", "one"]
    field         = "scope"
    documentation = "Whether all beneath is searched, or one level."
  }
}

variant "active_directory" {
  of            = "connector"
  documentation = "Active Directory, asked by LDAP with the attributes that it has. Dex shows the page that people type their password on."
  example       = <<-EOT
    connector "directory" {
      platform = platform.ml
      type     = "active_directory"
      host     = "ad.corp.example"
      bind_dn  = "cn=dex,ou=services,dc=corp,dc=example"
      bind_pw  = var.directory_password
      user_search {
        base_dn = "ou=people,dc=corp,dc=example"
      }
      group_search {
        base_dn = "ou=groups,dc=corp,dc=example"
      }
    }
  EOT
  include       = ["directory"]
  field         = "ldap"

  block "user_search" {
    documentation = "How people are found."
    example       = <<-EOT
      user_search {
        base_dn = "ou=people,dc=corp,dc=example"
      }
    EOT
    minimum       = 1
    maximum       = 1
    field         = "userSearch"
    include       = ["search"]

    argument "username" {
      type          = "string"
      default       = "sAMAccountName"
      rule          = "ldap_attribute"
      field         = "username"
      documentation = "The attribute that is what people type; `userPrincipalName` where that is an address."
    }
    argument "id_attr" {
      type          = "string"
      default       = "DN"
      rule          = "ldap_attribute"
      field         = "idAttr"
      documentation = "The attribute that tells people apart; `DN` for where they stand."
    }
    argument "name_attr" {
      type          = "string"
      default       = "cn"
      rule          = "ldap_attribute"
      field         = "nameAttr"
      documentation = "The attribute with a person's name."
    }
    argument "email_attr" {
      type          = "string"
      default       = "mail"
      rule          = "ldap_attribute"
      field         = "emailAttr"
      documentation = "The attribute with the e-mail address, by which the platform knows people; `userPrincipalName` where there is no `mail`."
    }
    argument "preferred_username_attr" {
      type          = "string"
      default       = "sAMAccountName"
      rule          = "ldap_attribute"
      field         = "preferredUsernameAttr"
      documentation = "The attribute with the name that somebody wants to be called by."
    }
  }
  block "group_search" {
    documentation = "How people's groups are found. Without it nobody has any."
    example       = <<-EOT
      group_search {
        base_dn = "ou=groups,dc=corp,dc=example"
      }
    EOT
    maximum       = 1
    field         = "groupSearch"
    include       = ["search"]

    argument "name_attr" {
      type          = "string"
      default       = "cn"
      rule          = "ldap_attribute"
      field         = "nameAttr"
      documentation = "The attribute with a group's name."
    }
    argument "user_attr" {
      type          = "string"
      default       = "DN"
      rule          = "ldap_attribute"
      field         = "userAttr"
      documentation = "The attribute of people by which groups name them."
    }
    argument "group_attr" {
      type          = "string"
      default       = "member"
      rule          = "ldap_attribute"
      field         = "groupAttr"
      documentation = "The attribute of groups that holds it; `member:1.2.840.113556.1.4.1941:` counts groups in groups too."
    }
  }
}

variant "saml" {
  of            = "connector"
  documentation = "A provider of SAML 2.0. Dex's own documentation calls the connector unmaintained and likely to be vulnerable: take `oidc` where the provider has both."
  example       = <<-EOT
    connector "company" {
      platform      = platform.ml
      type          = "saml"
      sso_url       = "https://login.corp.example/saml/sso"
      ca            = file("saml.pem")
      username_attr = "name"
      email_attr    = "email"
      groups_attr   = "groups"
    }
  EOT
  field         = "saml"
  calls_back    = true
  needs         = { "oauth2-proxy" = "" }

  argument "sso_url" {
    type          = "string"
    required      = true
    rule          = "url"
    field         = "ssoURL"
    documentation = "Where people are sent to log in."
  }
  argument "ca" {
    type          = "string"
    required      = true
    rule          = "certificates"
    field         = "caData"
    encoding      = "base64"
    documentation = "The certificates that its answers are signed with, in PEM: `file(\"saml.pem\")`."
  }
  argument "username_attr" {
    type          = "string"
    required      = true
    rule          = "not_empty"
    field         = "usernameAttr"
    documentation = "The attribute with a person's name."
  }
  argument "email_attr" {
    type          = "string"
    required      = true
    rule          = "not_empty"
    field         = "emailAttr"
    documentation = "The attribute with the e-mail address, by which the platform knows people."
  }
  argument "groups_attr" {
    type          = "string"
    rule          = "not_empty"
    field         = "groupsAttr"
    documentation = "The attribute with the groups."
  }
  argument "groups_delim" {
    type          = "string"
    rule          = "not_empty"
    field         = "groupsDelim"
    together      = ["groups_attr"]
    otherwise     = "each value is a group"
    documentation = "What stands between groups, where one value holds them all."
  }
  argument "allowed_groups" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "allowedGroups"
    together      = ["groups_attr"]
    otherwise     = "everybody"
    documentation = "Groups of which somebody must be in one."
  }
  argument "filter_groups" {
    type          = "bool"
    default       = false
    field         = "filterGroups"
    together      = ["allowed_groups"]
    documentation = "Whether only these groups of theirs are known to the platform."
  }
  argument "entity_issuer" {
    type          = "string"
    rule          = "not_empty"
    field         = "entityIssuer"
    documentation = "The issuer that Dex names itself."
  }
  argument "sso_issuer" {
    type          = "string"
    rule          = "not_empty"
    field         = "ssoIssuer"
    documentation = "The issuer that answers must name."
  }
  argument "name_id_policy_format" {
    type          = "string"
    default       = "persistent"
    choices       = ["persistent", "emailAddress", "unspecified", "X509SubjectName", "WindowsDomainQualifiedName", "encrypted", "entity", "kerberos"]
    field         = "nameIDPolicyFormat"
    documentation = "What people are told apart by."
  }
}
