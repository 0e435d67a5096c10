release "1.9.1" {
  component "mpi-operator" {
    version = "0.6.0"
    images = {
      operator = "mpioperator/mpi-operator:0.6.0"
    }
  }
}
