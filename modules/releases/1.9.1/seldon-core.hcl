release "1.9.1" {
  component "seldon-core" {
    version = "1.17.1"
    images = {
      operator = "docker.io/seldonio/seldon-core-operator:1.17.1"
      # What the operator puts into the pods of models; named in its environment and configuration.
      executor             = "docker.io/seldonio/seldon-core-executor:1.17.1"
      storage_initializer  = "seldonio/rclone-storage-initializer:1.17.1"
      explainer            = "seldonio/alibiexplainer:1.17.1"
      mlserver_explainer   = "seldonio/mlserver:1.3.5-alibi-explain"
      mlserver_huggingface = "seldonio/mlserver:1.3.5-huggingface"
      mlserver_mlflow      = "seldonio/mlserver:1.3.5-mlflow"
      mlserver_sklearn     = "seldonio/mlserver:1.3.5-sklearn"
      mlserver_slim        = "seldonio/mlserver:1.3.5-slim"
      mlserver_xgboost     = "seldonio/mlserver:1.3.5-xgboost"
      mlflow               = "seldonio/mlflowserver:1.17.1"
      sklearn              = "seldonio/sklearnserver:1.17.1"
      xgboost              = "seldonio/xgboostserver:1.17.1"
      tensorflow_proxy     = "seldonio/tfserving-proxy:1.17.1"
      tensorflow           = "tensorflow/serving:2.1.0"
      triton               = "nvcr.io/nvidia/tritonserver:21.08-py3"
    }
  }
}
