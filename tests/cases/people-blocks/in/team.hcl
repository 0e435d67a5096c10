# The first two.
user "alice" { # who began
  platform = platform.ml
  email    = "alice@example.com"   /* work */
  hash     = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO" // of March

  profile {
    quota = { cpu = "16" }
  }
}

user   "carol"   {
  platform=platform.ml
  email = "carol@example.com"
  password   = "in clear, sadly"
} # end of carol

locals {
  motd = <<-EOT
    user "bob" { in a text }
    }
  EOT
}
