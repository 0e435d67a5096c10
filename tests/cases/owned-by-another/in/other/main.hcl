stackwright {
  installation = "other"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}

storage_class "own" {
  cluster     = cluster.main
  provisioner = "x.y/z"
}
