stackwright {
  installation = "prod"
}
