stackwright {
  instalation = "prod"
}

cluster "main" {
  provider = kubernets
  network {
    vpc = "v"
  }
}

platform "ml" {
  cluster = cluster.main
  edition = "small"
  verison = "1.9.1"

  admin {
    email    = "Admin@Example"
    password = "12341234"
  }
  endpoint {
    port = 80
  }
  gpu {
    replicas = "many"
  }
}

user "alice" {
  platform = "ml"
  email    = "alice@example.com"
  password = "a password that is far too long for bcrypt, which reads seventy-two bytes and no more"
}

user "alice_two" {
  platform = platform.ml
  email    = "ALICE@example.com"
  hash     = "$2y$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
}
