release "1.11.0" {
  component "spark-operator" {
    version = "2.4.0"
    images  = { operator = "ghcr.io/kubeflow/spark-operator/controller:2.4.0" }
  }
}
