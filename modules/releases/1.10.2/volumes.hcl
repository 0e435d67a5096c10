release "1.10.2" {
  component "volumes" {
    version = "1.10.0"
    images  = { web_app = "ghcr.io/kubeflow/kubeflow/volumes-web-app:v1.10.0" }
  }
}
