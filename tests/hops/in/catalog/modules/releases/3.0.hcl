release "3.0" {
  follows    = "2.0"
  kubernetes = { min = "1.20" }

  component "widgets" {
    version = "3.0"
    images  = { server = "registry.example/server:3" }
  }
  hop {
    from = "2.0"

    delete "archive" {
      phase     = "after"
      kind      = "ConfigMap"
      namespace = "archive"
      name      = "archive"
      loses     = "the archive of release 2.0"
      reason    = "The new server cannot read it."
    }
    note "schema" {
      one_way = true
      reason  = "The new server rebuilds its tables."
    }
  }
}
