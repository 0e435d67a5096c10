release "1.10.2" {
  component "training-operator" {
    version = "1.9.2"
    images = {
      operator         = "ghcr.io/kubeflow/training-v1/training-operator:v1-3f15cb8"
      kubectl_delivery = "ghcr.io/kubeflow/training-v1/kubectl-delivery:latest"
    }
  }
}
