stackwright {
  installation = "ÿþ"
}
