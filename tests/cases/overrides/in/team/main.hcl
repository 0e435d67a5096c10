output "name" {
  value = "team"
}
