# Kubeflow 1.8.1 of 2024-03-04. Knative 1.10 exits below Kubernetes 1.24. Istio 1.17 was tested to 1.26; upstream's own
# tests ran to 1.27.
release "1.8.1" {
  follows    = "1.9.1"
  kubernetes = { min = "1.24", max = "1.27" }
}
