component {
  title       = "Training operator"
  description = "Runs distributed training: PyTorchJob, TFJob, MPIJob (v1), XGBoostJob, PaddleJob, MXJob (until 1.8), JAXJob (from 1.9). From Kubeflow 1.11 on Trainer stands in its place."
  alone = {
    "training-operator" = "it elects no leader as upstream starts it"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  # It ends at once when it shall schedule with Volcano and the kind PodGroup is not there.
  after     = ["volcano"]
  conflicts = { "mpi-operator" = "both define mpijobs.kubeflow.org: the training operator in version v1, the MPI operator in v2beta1 only" }
  editions  = ["mini", "enterprise"]
  # Later releases have Trainer for new jobs, and this one for those who still write its kinds.
  when = !contains(["1.11.0", "26.03", "26.03.1"], release.version)
}

menu "Kubeflow Training Operator Documentation" {
  place       = "documentation"
  order       = 40
  link        = "https://www.kubeflow.org/docs/components/training/"
  description = "Documentation for Kubeflow Training Operator"
}

locals {
  is_old = startswith(component.version, "1.7.") || startswith(component.version, "1.8.")
  newest = local.is_old ? "mxjob" : "jaxjob"
  jobs = local.is_old ? ["mpijobs", "mxjobs", "paddlejobs", "pytorchjobs", "tfjobs", "xgboostjobs"] : [
    "jaxjobs", "mpijobs", "paddlejobs", "pytorchjobs", "tfjobs", "xgboostjobs",
  ]
}
