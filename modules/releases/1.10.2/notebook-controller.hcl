release "1.10.2" {
  component "notebook-controller" {
    version = "1.10.0"
    images  = { controller = "ghcr.io/kubeflow/kubeflow/notebook-controller:v1.10.0" }
  }
}
