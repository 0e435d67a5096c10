cluster "other" {
  provider = sandbox
  depends_on = [platform.ml]
}

data "x" "y" {}

terraform {
  required_version = ">= 1.0"
}
