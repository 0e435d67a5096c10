# Connectors of single products and services that speak OAuth 2.

variant "github" {
  of            = "connector"
  documentation = "GitHub, or a GitHub Enterprise of your own."
  example       = <<-EOT
    connector "github" {
      platform      = platform.ml
      type          = "github"
      client_id     = "0123456789abcdef"
      client_secret = var.github_secret
      organization {
        name  = "example"
        teams = ["data-science"]
      }
    }
  EOT
  include       = ["oauth_client"]
  field         = "github"
  calls_back    = true
  needs         = { "oauth2-proxy" = "" }

  argument "host_name" {
    type          = "string"
    rule          = "subdomain"
    field         = "hostName"
    otherwise     = "`github.com`"
    documentation = "The host of a GitHub Enterprise."
  }
  argument "root_ca" {
    type          = "string"
    rule          = "certificates"
    field         = "rootCA"
    encoding      = "file"
    together      = ["host_name"]
    documentation = "Certificates of the authorities to trust, in PEM: `file(\"ca.pem\")`."
  }
  argument "team_name_field" {
    type          = "string"
    default       = "name"
    choices       = ["name", "slug", "both"]
    field         = "teamNameField"
    documentation = "What of a team becomes a group's name."
  }
  argument "load_all_groups" {
    type          = "bool"
    default       = false
    field         = "loadAllGroups"
    documentation = "Whether teams of all organizations become groups, where no organization is named."
  }
  argument "use_login_as_id" {
    type          = "bool"
    default       = false
    field         = "useLoginAsID"
    documentation = "Whether people are told apart by their log-in name in place of their number."
  }
  argument "preferred_email_domain" {
    type           = "string"
    pattern        = "[^*].*[^*]"
    pattern_reason = "it is no domain, in which a * may stand for one part but not at the end"
    field          = "preferredEmailDomain"
    documentation  = "The domain of the e-mail address to take of somebody who has several."
  }
  block "organization" {
    documentation = "An organization of which somebody must be a member. With none of these blocks everybody of GitHub may log in."
    example       = <<-EOT
      organization {
        name = "example"
      }
    EOT
    field         = "orgs"

    argument "name" {
      type          = "string"
      required      = true
      rule          = "not_empty"
      field         = "name"
      documentation = "Its name."
    }
    argument "teams" {
      type          = "list(string)"
      rule          = "not_empty"
      field         = "teams"
      otherwise     = "everybody in the organization"
      documentation = "Its teams, of which somebody must be in one."
    }
  }
}

variant "gitlab" {
  of            = "connector"
  documentation = "GitLab, or one of your own."
  example       = <<-EOT
    connector "gitlab" {
      platform      = platform.ml
      type          = "gitlab"
      base_url      = "https://gitlab.corp.example"
      client_id     = "0123456789abcdef"
      client_secret = var.gitlab_secret
      groups        = ["data-science"]
    }
  EOT
  include       = ["oauth_client"]
  field         = "gitlab"
  calls_back    = true
  needs         = { "oauth2-proxy" = "" }

  argument "base_url" {
    type          = "string"
    default       = "https://gitlab.com"
    rule          = "url"
    field         = "baseURL"
    documentation = "Its address."
  }
  argument "groups" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "groups"
    otherwise     = "everybody"
    documentation = "Groups of which somebody must be in one. Only these of theirs are known to the platform then."
  }
  argument "use_login_as_id" {
    type          = "bool"
    default       = false
    field         = "useLoginAsID"
    documentation = "Whether people are told apart by their log-in name in place of their number."
  }
  argument "get_groups_permission" {
    type          = "bool"
    default       = false
    field         = "getGroupsPermission"
    needs         = { dex = "2.42" }
    documentation = "Whether each group comes once more with what somebody may do in it, as `group:developer`."
  }
  argument "root_ca" {
    type          = "string"
    rule          = "certificates"
    field         = "rootCAData"
    encoding      = "base64"
    needs         = { dex = "2.45" }
    documentation = "Certificates of the authorities to trust, in PEM: `file(\"ca.pem\")`."
  }
}

variant "google" {
  of            = "connector"
  documentation = "Google, for Workspace domains or anybody."
  example       = <<-EOT
    connector "google" {
      platform       = platform.ml
      type           = "google"
      client_id      = "0123456789.apps.googleusercontent.com"
      client_secret  = var.google_secret
      hosted_domains = ["example.com"]
    }
  EOT
  include       = ["oauth_client"]
  field         = "google"
  calls_back    = true
  needs         = { "oauth2-proxy" = "" }

  argument "hosted_domains" {
    type          = "list(string)"
    rule          = "subdomain"
    field         = "hostedDomains"
    otherwise     = "everybody"
    documentation = "Workspace domains of which somebody must be of one."
  }
  argument "groups" {
    type          = "list(string)"
    rule          = "email"
    field         = "groups"
    otherwise     = "everybody"
    documentation = "Groups of which somebody must be in one, by their e-mail addresses. Google tells them to a service account only."
  }
  argument "scopes" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "scopes"
    otherwise     = "`profile` and `email`"
    documentation = "What is asked for beside `openid`."
  }
  argument "service_account" {
    type          = "string"
    sensitive     = true
    rule          = "not_empty"
    field         = "serviceAccountFilePath"
    encoding      = "file"
    documentation = "The key file of a service account that reads groups, as JSON. It is kept in a Secret."
  }
  argument "service_account_from" {
    type          = "string"
    rule          = "secret_key"
    instead_of    = "service_account"
    documentation = "A Secret of yours in namespace `auth` and the key in it, as `name/key`, in place of `service_account`."
  }
  argument "admin_email" {
    type           = "string"
    rule           = "email"
    field          = "adminEmail"
    exclusive_with = ["domain_to_admin_email"]
    documentation  = "Whom the service account speaks for: somebody who may read the groups of all domains."
  }
  argument "domain_to_admin_email" {
    type           = "map(string)"
    rule           = "email"
    field          = "domainToAdminEmail"
    needs          = { dex = "2.37" }
    exclusive_with = ["admin_email"]
    documentation  = "The same by domain; `*` for all others."
  }
  argument "fetch_transitive_group_membership" {
    type          = "bool"
    default       = false
    field         = "fetchTransitiveGroupMembership"
    documentation = "Whether groups in groups count."
  }
  argument "prompt_type" {
    type          = "string"
    field         = "promptType"
    needs         = { dex = "2.40" }
    otherwise     = "`consent`"
    documentation = "The `prompt` that Google is asked with."
  }
}

variant "microsoft" {
  of            = "connector"
  documentation = "Microsoft: work, school and personal accounts."
  example       = <<-EOT
    connector "microsoft" {
      platform                = platform.ml
      type                    = "microsoft"
      tenant                  = "example.onmicrosoft.com"
      client_id               = "01234567-89ab-cdef-0123-456789abcdef"
      client_secret           = var.microsoft_secret
      groups                  = ["data-science"]
      use_groups_as_whitelist = true
    }
  EOT
  include       = ["oauth_client"]
  field         = "microsoft"
  calls_back    = true
  needs         = { "oauth2-proxy" = "" }

  argument "tenant" {
    type          = "string"
    default       = "common"
    rule          = "not_empty"
    field         = "tenant"
    documentation = "Whose accounts: `common`, `consumers`, `organizations`, or the domain or id of a tenant. Groups are known of a single tenant only."
  }
  argument "groups" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "groups"
    otherwise     = "everybody"
    documentation = "Groups of which somebody must be in one."
  }
  argument "use_groups_as_whitelist" {
    type          = "bool"
    default       = false
    field         = "useGroupsAsWhitelist"
    together      = ["groups"]
    documentation = "Whether only these groups of theirs are known to the platform."
  }
  argument "only_security_groups" {
    type          = "bool"
    default       = false
    field         = "onlySecurityGroups"
    documentation = "Whether groups of Office do not count."
  }
  argument "group_name_format" {
    type          = "string"
    default       = "name"
    choices       = ["name", "id"]
    field         = "groupNameFormat"
    documentation = "What of a group becomes its name."
  }
  argument "email_to_lowercase" {
    type          = "bool"
    default       = true
    field         = "emailToLowercase"
    documentation = "Whether e-mail addresses are written small. Kubeflow compares them by letter."
  }
  argument "scopes" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "scopes"
    otherwise     = "`user.read`"
    documentation = "What is asked for."
  }
  argument "prompt_type" {
    type          = "string"
    choices       = ["login", "none", "consent", "select_account"]
    field         = "promptType"
    documentation = "The `prompt` that Microsoft is asked with."
  }
  argument "domain_hint" {
    type          = "string"
    rule          = "not_empty"
    field         = "domainHint"
    documentation = "The domain that spares people a page."
  }
  argument "api_url" {
    type          = "string"
    rule          = "url"
    field         = "apiURL"
    needs         = { dex = "2.38" }
    otherwise     = "`https://login.microsoftonline.com`"
    documentation = "The address to log in at, of other clouds of Microsoft's."
  }
  argument "graph_url" {
    type          = "string"
    rule          = "url"
    field         = "graphURL"
    needs         = { dex = "2.38" }
    otherwise     = "`https://graph.microsoft.com`"
    documentation = "The address to ask for groups at, of other clouds of Microsoft's."
  }
}

variant "openshift" {
  of            = "connector"
  documentation = "The log-in of an OpenShift cluster."
  example       = <<-EOT
    connector "openshift" {
      platform           = platform.ml
      type               = "openshift"
      issuer             = "https://api.openshift.example:6443"
      client_id          = "system:serviceaccount:auth:dex"
      client_secret_from = "openshift-token/token"
      groups             = ["data-science"]
    }
  EOT
  include       = ["oauth_client"]
  field         = "openshift"
  calls_back    = true
  needs         = { "oauth2-proxy" = "" }

  argument "issuer" {
    type          = "string"
    required      = true
    rule          = "url"
    field         = "issuer"
    documentation = "The address of its API server."
  }
  argument "groups" {
    type          = "list(string)"
    rule          = "not_empty"
    field         = "groups"
    otherwise     = "everybody"
    documentation = "Groups of which somebody must be in one."
  }
  argument "root_ca" {
    type          = "string"
    rule          = "certificates"
    field         = "rootCA"
    encoding      = "file"
    documentation = "Certificates of the authorities to trust, in PEM: `file(\"ca.pem\")`."
  }
  argument "insecure_ca" {
    type          = "bool"
    default       = false
    field         = "insecureCA"
    warning       = "Any certificate is taken for its own: whoever stands between can log people in as they like."
    documentation = "Whether any certificate is taken for its own."
  }
}
