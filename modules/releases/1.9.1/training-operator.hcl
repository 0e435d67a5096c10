release "1.9.1" {
  component "training-operator" {
    version = "1.8.1"
    images = {
      operator = "kubeflow/training-operator:v1-04f9f13"
      # Init containers of the jobs' pods; compiled in, named by flags.
      pytorch_init     = "alpine:3.10"
      kubectl_delivery = "kubeflow/kubectl-delivery:latest"
    }
  }
}
