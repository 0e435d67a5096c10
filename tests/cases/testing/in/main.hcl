stackwright {
  installation = "tested"
}
variable "classes" {
  type    = set(string)
  default = ["fast"]
  validation {
    condition     = length(var.classes) < 4
    error_message = "Three classes are enough."
  }
}
variable "token" {
  type      = string
  sensitive = true
  default   = "token-7d1f-of-ours"
}
provider "kubernetes" {
  kubeconfig = "no-such-kubeconfig"
}
cluster "main" {
  provider = kubernetes
}
storage_class "all" {
  for_each    = var.classes
  cluster     = cluster.main
  name        = each.key
  provisioner = "sandbox.stackwright.io/disk"
  parameters  = { token = var.token }
}
policy "few" {
  condition = "plan.counts.create <= 2"
  message   = "At most two at once."
}
policy "stays" {
  enforcement = "warn"
  each        = "changes"
  condition   = "change.action != 'delete'"
  message     = "A class goes."
}
output "classes" {
  value = sort([for name in var.classes : name])
}
output "token" {
  value     = var.token
  sensitive = true
}
