variable "class" {
  default = "quick"
}

locals {
  class = "then ${var.class}"
}

provider "kubernetes" {
  kubeconfig = "nowhere"
}
