# Kubeflow 1.9.1 of 2024-10-24. Upstream names 1.29 as the oldest Kubernetes it supports and tests on 1.31;
# Istio 1.22.1 and cert-manager 1.14.5 run on 1.32 too, newer ones are untried.
release "1.9.1" {
  kubernetes = { min = "1.29", max = "1.32" }
}
