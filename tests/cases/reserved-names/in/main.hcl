stackwright {
  installation = "reserved"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"

  admin {
    email = "admin@example.com"
  }
}

# Of a component that is on, of one that is off, and of the cluster.
user "auth" {
  platform = platform.ml
  email    = "a@example.com"
  password = "a long enough passphrase"

  profile {}
}

user "kube-system" {
  platform = platform.ml
  email    = "b@example.com"
  password = "a long enough passphrase"

  profile {}
}

profile "monitoring" {
  platform = platform.ml
  owner    = user.auth
}
