storage_class "slow" {                   # one
  cluster     = cluster.main             # one
  name        = "kept"                   # one
  provisioner = "example.com/slow"       # one
  lifecycle {                            # one
    prevent_destroy = true               # one
  }                                      # one
}                                        # one
