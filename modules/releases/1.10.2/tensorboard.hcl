release "1.10.2" {
  component "tensorboard" {
    version = "1.10.0"
    images = {
      controller = "ghcr.io/kubeflow/kubeflow/tensorboard-controller:v1.10.0"
      web_app    = "ghcr.io/kubeflow/kubeflow/tensorboards-web-app:v1.10.0"
      rbac_proxy = "quay.io/brancz/kube-rbac-proxy:v0.8.0"
    }
  }
}
