release "1.9.1" {
  component "tensorboard" {
    version = "1.9.2"
    images = {
      controller = "docker.io/kubeflownotebookswg/tensorboard-controller:v1.9.2"
      web_app    = "docker.io/kubeflownotebookswg/tensorboards-web-app:v1.9.2"
      # What the controller runs for every Tensorboard object.
      tensorboard = "tensorflow/tensorflow:2.5.1"
      # Upstream's gcr.io/kubebuilder/kube-rbac-proxy was deleted in 2026; the same program from its authors.
      rbac_proxy = "quay.io/brancz/kube-rbac-proxy:v0.8.0"
    }
    replaces = { rbac_proxy = "gcr.io/kubebuilder/kube-rbac-proxy:v0.8.0" }
  }
}
