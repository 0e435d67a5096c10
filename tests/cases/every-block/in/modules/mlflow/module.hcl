component {
  title       = "MLflow"
  description = "Tracks experiments."
  namespace   = "mlflow"
  requires    = ["kubeflow-gateway"]
}

variable "replicas" {
  type    = number
  default = 1
}
