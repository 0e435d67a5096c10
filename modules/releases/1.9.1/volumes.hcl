release "1.9.1" {
  component "volumes" {
    version = "1.9.2"
    images = {
      web_app = "docker.io/kubeflownotebookswg/volumes-web-app:v1.9.2"
      viewer  = "filebrowser/filebrowser:v2.25.0"
    }
  }
}
