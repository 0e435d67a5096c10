stackwright {
  required_version = ">= 9.0"
  installation = "prod"
}

provider "sandbox" {}

cluster "main" {
  provider = sandbox
}

storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"

  lifecycle {
    prevent_destroy = true
  }
}

check "always" {
  assert {
    condition     = 1 > 2
    error_message = "One is not more than two."
  }
}
