stackwright {
  installation = "life"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
storage_class "team" {
  for_each    = toset(["a.b", "c"])
  cluster     = cluster.main
  name        = replace(each.key, ".", "-")
  provisioner = "example.com/team"
}
