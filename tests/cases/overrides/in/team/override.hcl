output "name" {
  value = "overridden team"
}
