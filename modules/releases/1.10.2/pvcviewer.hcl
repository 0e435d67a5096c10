release "1.10.2" {
  component "pvcviewer" {
    version = "1.10.0"
    images = {
      controller = "ghcr.io/kubeflow/kubeflow/pvcviewer-controller:v1.10.0"
      rbac_proxy = "quay.io/brancz/kube-rbac-proxy:v0.13.1"
    }
  }
}
