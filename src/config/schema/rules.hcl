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
