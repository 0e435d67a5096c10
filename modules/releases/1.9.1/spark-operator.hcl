release "1.9.1" {
  component "spark-operator" {
    version = "2.0.2"
    images = {
      operator = "docker.io/kubeflow/spark-operator:2.0.2"
    }
  }
}
