component {
  title       = "Seldon Core"
  description = "Serves models as graphs of steps: SeldonDeployment. Version 1.17.1 is the last under the Apache licence; later ones need one of Seldon's."
  replicated  = ["seldon-controller-manager"]
  namespace   = "seldon-system"
  requires    = ["kubeflow", "kubeflow-gateway", "cert-manager"]
  editions    = []
}

variable "istio" {
  description = "Whether models get an address at the platform's gateway: /seldon/<namespace>/<name>/."
  type        = bool
  default     = true
}
variable "log_level" {
  type    = string
  default = "INFO"
}
variable "request_logger" {
  description = "Where requests and answers of models that ask for it are sent as events, as http://<service>.<namespace>."
  type        = string
  default     = "http://default-broker"
}
variable "executor_cpu" {
  description = "CPU of the program that passes requests on, in every model's pod."
  type        = string
  default     = "500m"
}
variable "executor_memory" {
  type    = string
  default = "512Mi"
}

locals {
  # Seldon wants name and tag of a server's image apart.
  parts = { for key, reference in image : key => {
    image               = regex("^(.+)[:@][^/]+$", reference)[0]
    defaultImageVersion = regex("[:@]([^/@]+)$", reference)[0]
  } }
  servers = {
    HUGGINGFACE_SERVER = { protocols = { v2 = local.parts.mlserver_huggingface } }
    MLFLOW_SERVER      = { protocols = { seldon = local.parts.mlflow, v2 = local.parts.mlserver_mlflow } }
    SKLEARN_SERVER     = { protocols = { seldon = local.parts.sklearn, v2 = local.parts.mlserver_sklearn } }
    TEMPO_SERVER       = { protocols = { v2 = local.parts.mlserver_slim } }
    TENSORFLOW_SERVER  = { protocols = { seldon = local.parts.tensorflow_proxy, tensorflow = local.parts.tensorflow } }
    TRITON_SERVER      = { protocols = { v2 = local.parts.triton } }
    XGBOOST_SERVER     = { protocols = { seldon = local.parts.xgboost, v2 = local.parts.mlserver_xgboost } }
  }
  storage_initializer = jsonencode({
    image = image.storage_initializer, cpuRequest = "100m", cpuLimit = "1", memoryRequest = "100Mi", memoryLimit = "1Gi"
  })
  explainer = jsonencode({ image = image.explainer, image_v2 = image.mlserver_explainer })
  # Under which keys Secrets hold what opens object stores.
  credentials = jsonencode({
    gcs = { gcsCredentialFileName = "gcloud-application-credentials.json" }
    s3  = { s3AccessKeyIDName = "awsAccessKeyID", s3SecretAccessKeyName = "awsSecretAccessKey" }
  })
}
