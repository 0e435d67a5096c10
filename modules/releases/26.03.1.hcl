# Kubeflow 26.03.1. Knative 1.22 exits below Kubernetes 1.34; cert-manager 1.20 was tested to 1.35, Istio 1.30 to 1.36.
# Upstream's own tests ran on 1.36.
release "26.03.1" {
  follows    = "26.03"
  kubernetes = { min = "1.34", max = "1.36" }
}
