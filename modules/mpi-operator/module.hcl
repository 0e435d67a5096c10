# The training operator names the conflict: it defines mpijobs.kubeflow.org in version v1, this operator in v2beta1, and one
# CRD cannot come from both. Who wants this one switches the training operator off.
component {
  title       = "MPI operator"
  description = "Runs MPI jobs of version v2beta1: launcher and workers over SSH, with Open MPI, Intel MPI or MPICH."
  replicated  = ["mpi-operator"]
  namespace   = "mpi-operator"
  requires    = ["kubeflow"]
  # With Volcano it makes PodGroups.
  after    = ["volcano"]
  editions = []
}
