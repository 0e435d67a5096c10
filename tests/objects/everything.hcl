# All components there are, so that every kind users can create is served. The MPI operator and the training operator
# exclude each other: the test changes their places.
stackwright {
  installation = "objects"
}
provider "sandbox" {}
cluster "main" {
  provider = sandbox
  name     = "objects"
}
platform "ml" {
  cluster = cluster.main
  edition = "enterprise"
  version = "1.9.1"
  admin {
    email = "admin@example.com"
  }
  scheduler {
    name     = "volcano"
    policies = ["gang", "binpack", "priority"]
  }
  gpu {
    sharing    = "time_slicing"
    replicas   = 4
    monitoring = true
    rdma       = true
  }
  component "training-operator" { enabled = true }
  component "mpi-operator" { enabled = false }
  component "bentoml" { enabled = true }
  component "knative-eventing" { enabled = true }
  component "ray" { enabled = true }
  component "seldon-core" { enabled = true }
  component "spark-operator" { enabled = true }
}
