release "1.10.2" {
  component "spark-operator" {
    version = "2.2.0"
    images  = { operator = "ghcr.io/kubeflow/spark-operator/controller:2.2.0" }
  }
}
