# Kubeflow 1.9.1 of 2024-10-24. Upstream names 1.29 as the oldest Kubernetes and tests on 1.31. Up to 1.32 no API
# that its components use was removed; newer versions are untried.
release "1.9.1" {
  kubernetes = { min = "1.29", max = "1.32" }
}
