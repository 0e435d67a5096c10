# What is text stays text: nothing of it is evaluated.
tags = {
  "a b"   = "$${var.secret}"
  "quote" = "a \"b\" \\ %%{ if true }"
  "long"  = "a text that makes the whole map too long for a single line of a file"
}
