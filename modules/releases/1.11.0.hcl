# Kubeflow 1.11.0 of 2025-12-15. Istio 1.28 was tested from Kubernetes 1.30 to 1.34, cert-manager 1.16 to 1.32. Upstream's
# own tests ran on 1.34, the newest that Istio allows.
release "1.11.0" {
  follows    = "1.10.2"
  kubernetes = { min = "1.30", max = "1.34" }
}
