release "26.03.1" {
  component "pvcviewer" {
    version = "1.11.0"
    images  = { controller = "ghcr.io/kubeflow/notebooks/pvcviewer-controller:v1.11.0" }
  }
}
