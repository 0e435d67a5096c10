# Kubeflow 1.10.2 of 2025-07-18. Sidecars are native ones, which Kubernetes has from 1.29 on, as Istio 1.26 asks (to 1.33);
# cert-manager 1.16 was tested to 1.32. Upstream's own tests ran on 1.33.
release "1.10.2" {
  follows    = "1.9.1"
  kubernetes = { min = "1.29", max = "1.33" }
}
