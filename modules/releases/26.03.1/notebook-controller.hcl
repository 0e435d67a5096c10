release "26.03.1" {
  component "notebook-controller" {
    version = "1.11.0"
    images  = { controller = "ghcr.io/kubeflow/notebooks/notebook-controller:v1.11.0" }
  }
}
