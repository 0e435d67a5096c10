# Rules for single texts that schemas name. Those that take more than patterns are in rules.rs.

rule "label" {
  summary       = "Invalid name"
  documentation = "1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit"

  must {
    match  = ".{1,63}"
    reason = "it must have 1 to 63 characters"
  }
  must {
    match  = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    reason = "it may hold a-z, 0-9 and -, and must begin and end with a letter or digit"
  }
}

rule "subdomain" {
  summary       = "Invalid name"
  documentation = "labels of a-z, 0-9 and -, with dots between them"

  must {
    match  = ".{1,253}"
    reason = "it must have 1 to 253 characters"
  }
  must {
    match  = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
    reason = "it may hold a-z, 0-9, - and ., and each part between dots must begin and end with a letter or digit"
  }
}

rule "installation_name" {
  summary       = "Invalid installation name"
  documentation = "1 to 63 of a-z, 0-9 and -"

  must {
    match  = ".{1,63}"
    reason = "it must have 1 to 63 characters"
  }
  must {
    match  = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    reason = "it may hold a-z, 0-9 and -, and must begin and end with a letter or digit"
  }
}

rule "cluster_name" {
  summary       = "Invalid cluster name"
  documentation = "3 to 30 of a-z, 0-9 and -, beginning with a letter"

  must {
    match  = ".{3,30}"
    reason = "it must have 3 to 30 characters"
  }
  must {
    match  = "[a-z][a-z0-9-]*"
    reason = "it may hold a-z, 0-9 and -, and must begin with a letter"
  }
}

rule "not_empty" {
  summary       = "Invalid value"
  documentation = "not empty"

  must {
    match  = ".+"
    reason = "it is empty"
  }
}

rule "kubernetes_version" {
  summary       = "Invalid version"
  documentation = "a version such as v1.31.8"

  must {
    match  = "v?[0-9]{1,9}\\.[0-9]{1,9}(\\.[0-9]{1,9})?"
    reason = "it is not a version such as v1.31.8"
  }
}

rule "registry" {
  summary       = "Invalid registry"
  documentation = "registry.example.com/path, without https://"

  must_not {
    match  = "://"
    reason = "write it without https://"
  }
  must {
    match  = "[A-Za-z0-9._:\\[\\]-]([A-Za-z0-9._:/\\[\\]-]*[A-Za-z0-9._:\\[\\]-])?"
    reason = "it must look like registry.example.com/path"
  }
}

rule "image" {
  summary       = "Invalid image"
  documentation = "an image reference"

  must {
    match  = ".+"
    reason = "it is no image reference such as registry/name:tag"
  }
  must_not {
    match  = "\\s|://"
    reason = "it is no image reference such as registry/name:tag"
  }
}

rule "namespaced" {
  summary       = "Invalid value"
  documentation = "namespace/name"

  must {
    match  = "[^/]+/[^/]+"
    reason = "it must be given as namespace/name"
  }
}

rule "named" {
  summary       = "Invalid value"
  documentation = "a text that holds {name}"

  must {
    match  = ".*\\{name\\}.*"
    reason = "it must hold {name}"
  }
}

rule "connector_name" {
  summary       = "Invalid name"
  documentation = "1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit; not local"

  must {
    match  = ".{1,63}"
    reason = "it must have 1 to 63 characters"
  }
  must {
    match  = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    reason = "it may hold a-z, 0-9 and -, and must begin and end with a letter or digit"
  }
  must_not {
    match  = "^local$"
    reason = "Dex calls its own passwords so"
  }
}

rule "group" {
  summary       = "Invalid value"
  documentation = "the name of a group, not one of Kubernetes' own"

  must {
    match  = ".+"
    reason = "it is empty"
  }
  must_not {
    match  = "^system:"
    reason = "groups that begin with system: are Kubernetes' own"
  }
}

rule "secret_key" {
  summary       = "Invalid value"
  documentation = "the name of a Secret and a key in it, as name/key"

  must {
    match  = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/[A-Za-z0-9._-]{1,253}"
    reason = "it must be given as name/key"
  }
}

rule "url" {
  summary       = "Invalid address"
  documentation = "an address that begins with https:// or http://"

  must {
    match  = "https?://.*"
    reason = "it must begin with https:// or http://"
  }
  must {
    match  = "https?://[A-Za-z0-9._~:\\[\\]-]+([/?#][A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]*)?"
    reason = "it holds a character that no address holds"
  }
}

rule "host_port" {
  summary       = "Invalid address"
  documentation = "a host, or a host and a port"

  must_not {
    match  = "://"
    reason = "write the host alone, without ldap://"
  }
  must {
    match  = "([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?"
    reason = "it is no host such as ldap.example.com or ldap.example.com:636"
  }
}

rule "certificates" {
  summary       = "Invalid value"
  documentation = "certificates in PEM"

  must {
    match  = "\\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----\\s*)+"
    reason = "it holds no certificates, which begin with -----BEGIN CERTIFICATE-----"
  }
}

rule "ldap_attribute" {
  summary       = "Invalid value"
  documentation = "the name of an attribute"

  must {
    match  = "[A-Za-z0-9][A-Za-z0-9.:;-]*"
    reason = "it is no attribute of a directory, as uid"
  }
}

rule "claim" {
  summary       = "Invalid value"
  documentation = "the name of a claim"

  must {
    match  = "[A-Za-z0-9_:./@-]+"
    reason = "it is no name of a claim, as email"
  }
}

rule "scope" {
  summary       = "Invalid value"
  documentation = "the name of a scope"

  must {
    match  = "[A-Za-z0-9_:./@-]+"
    reason = "it is no name of a scope, as email"
  }
}

rule "schedule" {
  summary       = "Invalid schedule"
  documentation = "five fields as cron has them"

  must {
    match  = "@(yearly|annually|monthly|weekly|daily|midnight|hourly)|(\\*|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?(,(\\*|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?)* +(\\*|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?(,(\\*|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?)* +(\\*|(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]?)?(,(\\*|(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]?)?)* +(\\*|(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))(-(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))?)(/[1-9][0-9]?)?(,(\\*|(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))(-(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))?)(/[1-9][0-9]?)?)* +(\\*|([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat))(-([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat)))?)(/[1-9][0-9]?)?(,(\\*|([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat))(-([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat)))?)(/[1-9][0-9]?)?)*"
    reason = "it is no schedule of minute (0-59), hour (0-23), day of the month (1-31), month (1-12) and day of the week (0-6), as \"0 3 * * *\""
  }
}

# As an API server's ValidateResourceQuotaResourceName: what stands without a slash must be one of its own.
rule "quota_key" {
  summary       = "Invalid resource"
  documentation = "a resource that Kubernetes counts, as `cpu`, `requests.storage`, `pods`, `nvidia.com/gpu` or `count/deployments.apps`"
  known = [
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage",
    "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services",
    "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps", "services.nodeports", "services.loadbalancers",
    "nvidia.com/gpu", "requests.nvidia.com/gpu", "amd.com/gpu", "count/pods", "count/jobs.batch", "count/deployments.apps",
    "count/notebooks.kubeflow.org",
  ]

  must {
    match  = "(cpu|memory|ephemeral-storage|(requests|limits)\\.(cpu|memory|ephemeral-storage)|requests\\.storage|(requests\\.)?hugepages-[A-Za-z0-9]+|pods|resourcequotas|services|replicationcontrollers|secrets|persistentvolumeclaims|configmaps|services\\.(nodeports|loadbalancers)|.*/.*)"
    reason = "Kubernetes counts no resource of that name; one of a device has a slash, as nvidia.com/gpu"
  }
  must {
    match  = "[^/]*|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
    reason = "it must be a domain, a slash, and a name of at most 63 letters, digits, dots, - and _"
  }
  must_not {
    match  = "^limits\\..*/"
    reason = "of devices only requests are counted: leave limits. out"
  }
}

rule "resource_name" {
  summary       = "Invalid resource"
  documentation = "a resource of nodes, as `cpu`, `memory` or `nvidia.com/gpu`"
  known         = ["cpu", "memory", "ephemeral-storage", "pods", "nvidia.com/gpu", "amd.com/gpu", "volcano.sh/vgpu-number", "volcano.sh/vgpu-memory"]

  must {
    match  = "(cpu|memory|ephemeral-storage|pods|hugepages-[A-Za-z0-9]+|.*/.*)"
    reason = "nodes have no resource of that name; one of a device has a slash, as nvidia.com/gpu"
  }
  must {
    match  = "[^/]*|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
    reason = "it must be a domain, a slash, and a name of at most 63 letters, digits, dots, - and _"
  }
}

rule "label_key" {
  summary       = "Invalid name"
  documentation = "a name of at most 63 letters, digits, dots, - and _, with a domain and a slash before it or without"

  must {
    match  = "([a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
    reason = "it must be a name of at most 63 letters, digits, dots, - and _, with a domain and a slash before it or without"
  }
}

rule "label_value" {
  summary       = "Invalid value"
  documentation = "at most 63 letters, digits, dots, - and _"

  must {
    match  = "([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?"
    reason = "it may have at most 63 letters, digits, dots, - and _, and must begin and end with a letter or digit"
  }
}

rule "variable_name" {
  summary       = "Invalid name"
  documentation = "the name of a variable, as HTTP_PROXY"

  must {
    match  = "[A-Za-z_][A-Za-z0-9_]*"
    reason = "it is no name of a variable, as HTTP_PROXY"
  }
}

rule "absolute_path" {
  summary       = "Invalid value"
  documentation = "a path that begins with /"

  must {
    match  = "/[^:]*"
    reason = "it must begin with / and hold no colon"
  }
  must_not {
    match  = "(^|/)\\.\\.(/|$)"
    reason = "it may not lead upwards"
  }
}

rule "no_proxy" {
  summary       = "Invalid value"
  documentation = "a host, a domain such as .example.com, an address or a range"

  must {
    match  = "[A-Za-z0-9._:*\\[\\]-]+(/[0-9]{1,3})?"
    reason = "it is no host, domain, address or range, as .example.com or 10.0.0.0/8"
  }
}
