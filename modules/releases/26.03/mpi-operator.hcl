release "26.03" {
  component "mpi-operator" {
    version = "0.8.0"
    images  = { operator = "mpioperator/mpi-operator:0.8.0" }
  }
}
