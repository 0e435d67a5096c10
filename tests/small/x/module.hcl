component {
  title       = "X"
  description = "A little of everything."
  namespace   = "NAME"
}
