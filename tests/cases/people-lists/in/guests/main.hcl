variable "platform" {}
variable "guests" {}

user "all" {
  for_each = { for guest in var.guests : guest.name => guest }
  platform = var.platform
  name     = each.key
  email    = each.value.email
  hash     = each.value.hash
}
