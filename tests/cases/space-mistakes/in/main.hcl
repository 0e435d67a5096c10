stackwright {
  installation = "people"
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
  scheduler {
    name = "kueue"
  }
}

user "alice" {
  platform = platform.ml
  email    = "alice@example.com"
  hash     = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"
  groups   = ["vision-team", "system:masters"]
  profile {
    quota           = { memroy = "64Gi", gpu = 1, pods = "1500m", "limits.nvidia.com/gpu" = 1, "nvidia.com/" = 1 }
    queue           = "Training"
    node_selector   = { "a b" = "c/d" }
    tolerations     = [{ effect = "NoShedule" }, { key = "gpu", operator = "Exists", value = "yes" }, { kee = "gpu" }]
    adopt_namespace = "perhaps"
  }
}

profile "vision" {
  platform           = platform.ml
  owner              = user.alice
  contributor_groups = { "vison-team" = "edit", "leads" = "own" }
  queue              = platform.ml
  pod_default "Data" {
    selector   = { "a/b/c" = "x" }
    everywhere = true
    env        = { "A-B" = "c" }
    env_from   = { KEY = "store" }
    secrets    = ["Store"]
    labels     = { team = "a b" }
    volume "data" {
      path = "data/../x"
    }
    volume "both" {
      path   = "/both"
      claim  = "one"
      secret = "two"
    }
    volume "shm" {
      path   = "/dev/shm"
      memory = "lots"
    }
  }
}

queue "training" {
  platform   = platform.ml
  parent     = user.alice
  capability = { cpus = "64", memory = "1Gi" }
  deserved   = { cpu = "4", memory = "2Gi" }
  guarantee  = { cpu = "8" }
}
