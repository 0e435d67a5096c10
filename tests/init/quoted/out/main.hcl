# Written by `stackwright init`; from here on it is yours to edit. `stackwright plan` shows what a change means.

stackwright {
  installation = "first"
}

cluster "main" {
  provider           = sandbox
  kubernetes_version = "1.36"
}

platform "ml" {
  cluster = cluster.main
  edition = "mini"
  version = "26.03.1"
  tags = {
    "a b" = "$${var.secret}"
    long  = "a text that makes the whole map too long for a single line of a file"
    quote = "a \"b\" \\ %%{ if true }"
  }

  # One password is generated: `stackwright output --raw admin_password`.
  admin {
    email = "admin@example.com"
  }
}

output "dashboard" {
  value = platform.ml.dashboard_url
}
