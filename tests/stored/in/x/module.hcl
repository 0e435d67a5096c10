component {
  title       = "X"
  description = "Two objects."
  namespace   = "stored"
}
