component {
  title     = "Widgets"
  namespace = "widgets"
  editions  = ["mini", "enterprise"]
}
