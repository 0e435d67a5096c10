edition      = "enterprise"
version      = "1.10.2"
installation = "prod"
admin_email  = "Root@example.com"
admin_login  = "hash"
admin_hash   = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO"
host         = "ml.example.com"
tls          = "none"
mirror       = "registry.corp.example/mlops"
nodes        = 4
tags         = { env = "prod", team = "ml" }
users = {
  alice    = { email = "alice@example.com", quota = { cpu = 16, memory = "64Gi", "nvidia.com/gpu" = 1 } }
  "1st-ai" = { email = "first@example.com", login = "hash", hash = "$2y$12$ruoM7FqXrpVgaol44eRZW.4HWS8SAvg6KYVVSCIwKQPBmTpCm.EeO" }
  admin    = { email = "other@example.com" }
}
profiles = {
  vision = { owner = "alice@example.com", contributors = { "bob@example.com" = "edit" } }
  audio  = { owner = "dave@example.com" }
}
components = { katib = { enabled = false } }
