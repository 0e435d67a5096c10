release "1.9.1" {
  component "pvcviewer" {
    version = "1.9.2"
    images = {
      controller = "docker.io/kubeflownotebookswg/pvcviewer-controller:v1.9.2"
      # Upstream's gcr.io/kubebuilder/kube-rbac-proxy was deleted in 2026; the same program from its authors.
      rbac_proxy = "quay.io/brancz/kube-rbac-proxy:v0.13.1"
    }
    replaces = { rbac_proxy = "gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1" }
  }
}
