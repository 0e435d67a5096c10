component {
  title       = "Training operator"
  description = "Runs distributed training: PyTorchJob, TFJob, MPIJob (v1), XGBoostJob, PaddleJob, MXJob."
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  # It ends at once when it shall schedule with Volcano and the kind PodGroup is not there.
  after     = ["volcano"]
  conflicts = { "mpi-operator" = "both define mpijobs.kubeflow.org: the training operator in version v1, the MPI operator in v2beta1 only" }
  editions  = ["mini", "enterprise"]
}

menu "Kubeflow Training Operator Documentation" {
  place       = "documentation"
  order       = 40
  link        = "https://www.kubeflow.org/docs/components/training/"
  description = "Documentation for Kubeflow Training Operator"
}
