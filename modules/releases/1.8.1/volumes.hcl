release "1.8.1" {
  component "volumes" {
    version = "1.8.0"
    images = {
      web_app = "docker.io/kubeflownotebookswg/volumes-web-app:v1.8.0"
      viewer  = "filebrowser/filebrowser:v2.23.0"
    }
  }
}
