component {
  title       = "X"
  description = "A part."
  namespace   = "x"
}
