release "1.11.0" {
  component "mpi-operator" {
    version = "0.7.0"
    images  = { operator = "mpioperator/mpi-operator:0.7.0" }
  }
}
