locals {
  unclosed = "abc
}
