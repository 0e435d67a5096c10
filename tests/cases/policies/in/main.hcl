stackwright {
  installation = "judged"
}
variable "token" {
  type      = string
  sensitive = true
  default   = "token-7d1f-of-ours"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
storage_class "fast" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
  parameters  = { token = var.token }
}
storage_class "slow" {
  cluster     = cluster.main
  provisioner = "sandbox.stackwright.io/disk"
}
policy "default-class" {
  description = "Somebody's claims find a class."
  condition   = "objects.exists(o, o.kind == 'StorageClass' && o.metadata.annotations['storageclass.kubernetes.io/is-default-class'] == 'true')"
  message     = "No storage class is the default."
}
policy "few" {
  enforcement        = "warn"
  condition          = "plan.counts.create <= 1"
  message_expression = "'It makes ' + string(plan.counts.create) + ' objects.'"
}
policy "classes-stay" {
  each      = "changes"
  match     = "change.kind == 'StorageClass'"
  condition = "change.action != 'delete'"
  message   = "A class that claims may use goes."
}
policy "tells-nothing" {
  enforcement        = "warn"
  each               = "objects"
  match              = "has(object.parameters)"
  condition          = "object.parameters.token == 'x'"
  message_expression = "'The token is ' + object.parameters.token + ' and not ${var.token}.'"
}
policy "misses" {
  enforcement = "warn"
  each        = "changes"
  match       = "change.name == 'slow'"
  condition   = "object.spec.missing == 1"
}
policy "no-data-loss" {
  builtin = "no-data-loss"
}
