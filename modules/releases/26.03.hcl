# Kubeflow 26.03 of 2026-03-21. Knative 1.21 exits below Kubernetes 1.33; cert-manager 1.19 and Istio 1.29 were tested to
# 1.35. Upstream's own tests ran on 1.34.
release "26.03" {
  follows    = "1.11.0"
  kubernetes = { min = "1.33", max = "1.35" }
}
