# Kubeflow 1.9.1 of 2024-10-24. Upstream names 1.29 as the oldest Kubernetes and tests on 1.31. Up to 1.32 no API
# that its components use was removed; newer versions are untried.
release "1.9.1" {
  kubernetes = { min = "1.29", max = "1.32" }

  # The least that the product guide of AI&MLOps Platform asks of a cluster, all nodes together.
  edition "mini" {
    cpu       = 24
    memory_gb = 96
    nodes     = 2
  }
  edition "enterprise" {
    cpu       = 32
    memory_gb = 128
    nodes     = 2
  }
}
