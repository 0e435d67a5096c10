stackwright {
  installation = "prod"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.7"

  admin {
    email    = "admin@example.com"
    password = "short"
  }
  component "katip" {
    enabled = false
  }
  component "mine" {
    source = "./nowhere"
  }
}

platform "second" {
  cluster = cluster.main
  edition = "mini"
  version = "1.9.1"
  admin {
    email    = "admin@example.com"
    password = "a long enough passphrase"
    hash     = "$2y$12$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

user "Alice" {
  platform = platform.ml
  email    = "ALICE@example.com"
  password = "a long enough passphrase"
  profile {
    quota = { cpu = "lots" }
  }
}

user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  password = "a long enough passphrase"
}

user "kube-system" {
  platform = platform.ml
  email    = "k@example.com"
  password = "a long enough passphrase"
  profile {}
}

user "carol" {
  platform = platform.ml
  email    = "carol@example.com"
}

profile "vision" {
  platform     = platform.ml
  owner        = user.nobody
  contributors = { "carol@example.com" = "admin" }
}
