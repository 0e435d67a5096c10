release "26.03.1" {
  component "volumes" {
    version = "1.11.0"
    images = {
      web_app = "ghcr.io/kubeflow/notebooks/volumes-web-app:v1.11.0"
      viewer  = "filebrowser/filebrowser:v2.32.0"
    }
  }
}
