# Who came later.

profile "vision" {
  platform     = platform.ml
  owner        = user.alice
  contributors = { "carol@example.com" = "edit" } # people
}

variable "dave_password" {
  type      = string
  sensitive = true
}

variable "erin_hash" {
  type      = string
  sensitive = true
}

user "dave" {
  platform = platform.ml
  email    = "dave@example.com"
  password = var.dave_password
}

user "erin" {
  platform = platform.ml
  email    = "erin@example.com"
  hash     = var.erin_hash
}