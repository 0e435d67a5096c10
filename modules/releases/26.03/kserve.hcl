release "26.03" {
  component "kserve" {
    version = "0.16.0"
    images = {
      controller            = "kserve/kserve-controller:v0.16.0"
      localmodel_controller = "kserve/kserve-localmodel-controller:v0.16.0"
      llm_controller        = "kserve/llmisvc-controller:v0.16.0"
      # What the controller puts into the pods of models; named in its configuration.
      agent               = "kserve/agent:v0.16.0"
      router              = "kserve/router:v0.16.0"
      storage_initializer = "kserve/storage-initializer:v0.16.0"
      # The model servers.
      huggingfaceserver           = "kserve/huggingfaceserver:v0.16.0"
      huggingfaceserver_multinode = "kserve/huggingfaceserver:v0.16.0-gpu"
      lgbserver                   = "kserve/lgbserver:v0.16.0"
      paddleserver                = "kserve/paddleserver:v0.16.0"
      pmmlserver                  = "kserve/pmmlserver:v0.16.0"
      sklearnserver               = "kserve/sklearnserver:v0.16.0"
      xgbserver                   = "kserve/xgbserver:v0.16.0"
    }
  }
  component "models-web-app" {
    version = "0.16.1"
    images  = { web_app = "ghcr.io/kserve/models-web-app:0.16.1" }
  }
}
