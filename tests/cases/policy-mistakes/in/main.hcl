stackwright {
  installation = "misjudged"
}
variable "rule" {
  type      = string
  sensitive = true
  default   = "plan.counts.create = secret-rule"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
}
policy "nothing" {}
policy "both" {
  builtin   = "no-data-loss"
  condition = "true"
  each      = "changes"
}
policy "words" {
  enforcement = "block"
  each        = "everything"
  builtin     = "no-data-los"
}
policy "types" {
  description        = ["a"]
  condition          = true
  message            = "a"
  message_expression = "'b'"
  rule               = "true"
}
policy "syntax" {
  each      = "objects"
  match     = "object.kind == \"Service\" &&"
  condition = <<-EOT
    object.kind == 'ü'
      && && object.spec
  EOT
}
policy "names" {
  each               = "changes"
  match              = "chnage.kind == 'Service' && users.exist(u, u.name == usr.name)"
  condition          = "change.acton != 'delete' && plan.count.create < 3 && object.anything"
  message_expression = "user.name + oldObject.metadata.name"
}
policy "whole" {
  match     = "platform.endpoint.type == 'node_port' && platform.endpont.type == 'x'"
  condition = "oldObject == null || object == null || change.name == 'a'"
}
policy "hidden" {
  condition = var.rule
}
policy "long" {
  condition = join(" && ", [for n in range(3000) : "true"])
}
policy "computed" {
  condition = "plan.counts.create < ${1 + 1} && plan.cout > 1"
}
