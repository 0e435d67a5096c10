release "1.8.1" {
  component "training-operator" {
    version = "1.7.0"
    images = {
      operator         = "kubeflow/training-operator:v1-855e096"
      kubectl_delivery = "mpioperator/kubectl-delivery:latest"
    }
  }
}
