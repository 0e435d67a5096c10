component {
  title       = "KServe"
  description = "Serves models: users name a format and where the model is stored, KServe runs the server for it."
  replicated  = ["kserve-controller-manager", "llmisvc-controller-manager"]
  alone = {
    "kserve-localmodel-controller-manager" = "it elects no leader as upstream starts it"
  }
  namespace   = "kubeflow"
  requires    = ["kubeflow", "cert-manager", "knative-serving"]
  editions    = ["mini", "enterprise"]
}

variable "deployment_mode" {
  description = "How models run that do not say it themselves: Serverless (by Knative, scaled down to none) or RawDeployment."
  type        = string
  default     = "Serverless"

  validation {
    condition     = contains(["Serverless", "RawDeployment"], var.deployment_mode)
    error_message = "The deployment mode is Serverless or RawDeployment."
  }
}
variable "domain" {
  description = "Domain of the addresses that models get in the mode RawDeployment; those of Knative's services follow knative-serving."
  type        = string
  default     = "example.com"
}
variable "runtimes" {
  description = "The model servers on offer, each with the version of its image; empty is the release's: { tritonserver = \"24.05-py3\" }."
  type        = map(string)
  default = {
    huggingfaceserver  = ""
    lgbserver          = ""
    mlserver           = ""
    paddleserver       = ""
    pmmlserver         = ""
    sklearnserver      = ""
    tensorflow-serving = ""
    torchserve         = ""
    tritonserver       = ""
    xgbserver          = ""
  }

  validation {
    condition = length(setsubtract(keys(var.runtimes), [
      "huggingfaceserver", "huggingfaceserver-multinode", "lgbserver", "mlserver", "paddleserver", "pmmlserver",
      "predictiveserver", "sklearnserver", "tensorflow-serving", "torchserve", "tritonserver", "xgbserver",
    ])) == 0
    error_message = "The model servers are huggingfaceserver, huggingfaceserver-multinode (from KServe 0.15 on), lgbserver, mlserver, paddleserver, pmmlserver, predictiveserver (from 0.18 on), sklearnserver, tensorflow-serving, torchserve, tritonserver and xgbserver."
  }
}

locals {
  # The configuration wants its name and its version apart.
  art_explainer   = regex("^(?P<name>.+):(?P<version>[^:/]+)$", image.art_explainer)
  alibi_explainer = try(regex("^(?P<name>.+):(?P<version>[^:/]+)$", image.alibi_explainer), null) # up to KServe 0.11

  # What most servers take. KServe fills in {{.Name}} and {{.Labels.<label>}} of the InferenceService.
  model_arguments = ["--model_name={{.Name}}", "--model_dir=/mnt/models", "--http_port=8080"]

  # One row a model server. `metrics` is the port of its metrics; `formats` are the models it serves: `autoSelect` where
  # users need not name the server, the highest `priority` wins then. `since` and `until` are versions of KServe: the first
  # that has it, and the first that has it no more. `user` is for images that would run as root.
  servers = [
    {
      name      = "huggingfaceserver"
      image     = contains(keys(var.runtimes), "huggingfaceserver") ? image.huggingfaceserver : ""
      command   = []
      args      = ["--model_name={{.Name}}"]
      env       = {}
      metrics   = 8080
      protocols = ["v2", "v1"]
      formats   = [{ name = "huggingface", version = "1", autoSelect = true, priority = 1 }]
    },
    {
      name      = "lgbserver"
      image     = image.lgbserver
      command   = []
      args      = concat(local.model_arguments, ["--nthread=1"])
      env       = {}
      metrics   = 8080
      protocols = ["v1", "v2"]
      formats = [
        { name = "lightgbm", version = "3", autoSelect = true, priority = 1, until = "0.18" },
        { name = "lightgbm", version = "4", autoSelect = true, priority = 1, since = "0.18" },
      ]
    },
    {
      name    = "mlserver"
      image   = image.mlserver
      command = []
      args    = []
      env = {
        MLSERVER_MODEL_IMPLEMENTATION = "{{.Labels.modelClass}}"
        MLSERVER_HTTP_PORT            = "8080"
        MLSERVER_GRPC_PORT            = "9000"
        MODELS_DIR                    = "/mnt/models"
      }
      metrics   = 8080
      protocols = ["v2"]
      formats = [
        { name = "sklearn", version = "0", autoSelect = true, priority = 2 },
        { name = "sklearn", version = "1", autoSelect = true, priority = 2 },
        { name = "xgboost", version = "1", autoSelect = true, priority = 2 },
        { name = "xgboost", version = "2", autoSelect = true, priority = 2, since = "0.15" },
        { name = "lightgbm", version = "3", autoSelect = true, priority = 2 },
        { name = "lightgbm", version = "4", autoSelect = true, priority = 2, since = "0.15" },
        { name = "mlflow", version = "1", autoSelect = true, priority = 1 },
        { name = "mlflow", version = "2", autoSelect = true, priority = 1, since = "0.15" },
      ]
    },
    {
      name      = "paddleserver"
      image     = image.paddleserver
      command   = []
      args      = local.model_arguments
      env       = {}
      metrics   = 8080
      protocols = ["v1", "v2"]
      formats   = [{ name = "paddle", version = "2", autoSelect = true, priority = 1 }]
    },
    {
      name      = "pmmlserver"
      image     = image.pmmlserver
      command   = []
      args      = local.model_arguments
      env       = {}
      metrics   = 8080
      protocols = ["v1", "v2"]
      formats = [
        { name = "pmml", version = "3", autoSelect = true, priority = 1 },
        { name = "pmml", version = "4", autoSelect = true, priority = 1 },
      ]
    },
    {
      name      = "predictiveserver"
      image     = contains(keys(var.runtimes), "predictiveserver") ? image.predictiveserver : ""
      command   = []
      args      = concat(local.model_arguments, ["--framework={{.Annotations.modelFormat}}", "--nthread=1"])
      env       = {}
      metrics   = 8080
      protocols = ["v1", "v2"]
      formats = [
        { name = "sklearn", version = "1", autoSelect = false, priority = 3 },
        { name = "xgboost", version = "2", autoSelect = false, priority = 3 },
        { name = "lightgbm", version = "4", autoSelect = false, priority = 3 },
      ]
    },
    {
      name      = "sklearnserver"
      image     = image.sklearnserver
      command   = []
      args      = local.model_arguments
      env       = {}
      metrics   = 8080
      protocols = ["v1", "v2"]
      formats   = [{ name = "sklearn", version = "1", autoSelect = true, priority = 1 }]
    },
    {
      name    = "tensorflow-serving"
      user    = 1000
      image   = image.tensorflow_serving
      command = ["/usr/bin/tensorflow_model_server"]
      args = [
        "--model_name={{.Name}}",
        "--port=9000",
        "--rest_api_port=8080",
        "--model_base_path=/mnt/models",
        "--rest_api_timeout_in_ms=60000",
      ]
      env       = {}
      metrics   = 8080
      protocols = ["v1", "grpc-v1"]
      formats = [
        { name = "tensorflow", version = "1", autoSelect = true, priority = 2 },
        { name = "tensorflow", version = "2", autoSelect = true, priority = 2 },
      ]
    },
    {
      name    = "torchserve"
      user    = 1000
      image   = image.torchserve
      command = []
      args = [
        "torchserve",
        "--start",
        "--model-store=/mnt/models/model-store",
        "--ts-config=/mnt/models/config/config.properties",
      ]
      env       = { TS_SERVICE_ENVELOPE = "{{.Labels.serviceEnvelope}}" }
      metrics   = 8082
      protocols = ["v1", "v2", "grpc-v2"]
      formats   = [{ name = "pytorch", version = "1", autoSelect = true, priority = 2 }]
    },
    {
      name    = "tritonserver"
      user    = 1000
      image   = image.tritonserver
      command = []
      args = [
        "tritonserver",
        "--model-store=/mnt/models",
        "--grpc-port=9000",
        "--http-port=8080",
        "--allow-grpc=true",
        "--allow-http=true",
      ]
      env       = {}
      metrics   = 8002
      protocols = ["v2", "grpc-v2"]
      formats = [
        { name = "tensorrt", version = "8", autoSelect = true, priority = 1 },
        { name = "tensorflow", version = "1", autoSelect = true, priority = 1 },
        { name = "tensorflow", version = "2", autoSelect = true, priority = 1 },
        { name = "onnx", version = "1", autoSelect = true, priority = 1 },
        { name = "pytorch", version = "1" },
        { name = "triton", version = "2", autoSelect = true, priority = 1 },
      ]
    },
    {
      name      = "xgbserver"
      image     = image.xgbserver
      command   = []
      args      = concat(local.model_arguments, ["--nthread=1"])
      env       = {}
      metrics   = 8080
      protocols = ["v1", "v2"]
      formats = [
        { name = "xgboost", version = "1", autoSelect = true, priority = 1, until = "0.18" },
        { name = "xgboost", version = "2", autoSelect = true, priority = 1, since = "0.18" },
      ]
    },
  ]
  # Those that are asked for, in the versions that are asked for.
  runtimes = [
    for server in local.servers : merge({ user = 0 }, server, {
      image   = var.runtimes[server.name] == "" ? server.image : replace(server.image, "/:[^:/]+$/", ":${var.runtimes[server.name]}")
      formats = [for format in server.formats : merge({ since = "0", until = "9" }, format)]
    }) if contains(keys(var.runtimes), server.name)
  ]
  # The one over several nodes is no row of the table: it has two kinds of pods.
  multinode_version = lookup(var.runtimes, "huggingfaceserver-multinode", "-")
  multinode = (
    local.multinode_version == "-" ? ""
    : local.multinode_version == "" ? image.huggingfaceserver_multinode
    : replace(image.huggingfaceserver_multinode, "/:[^:/]+$/", ":${local.multinode_version}")
  )
}
