release "1.8.1" {
  component "pvcviewer" {
    version = "1.8.0"
    images  = { controller = "docker.io/kubeflownotebookswg/pvcviewer-controller:v1.8.0" }
  }
}
