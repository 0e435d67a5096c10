release "26.03" {
  component "spark-operator" {
    version = "2.5.0"
    images  = { operator = "ghcr.io/kubeflow/spark-operator/controller:2.5.0" }
  }
}
