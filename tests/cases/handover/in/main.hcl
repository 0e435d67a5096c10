stackwright {
  installation = "handover"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
storage_class "slow" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
