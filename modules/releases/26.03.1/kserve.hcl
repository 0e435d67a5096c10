release "26.03.1" {
  component "kserve" {
    version = "0.18.0"
    images = {
      controller            = "kserve/kserve-controller:v0.18.0"
      localmodel_controller = "kserve/kserve-localmodel-controller:v0.18.0"
      llm_controller        = "kserve/llmisvc-controller:v0.18.0"
      # What the controller puts into the pods of models; named in its configuration.
      agent               = "kserve/agent:v0.18.0"
      router              = "kserve/router:v0.18.0"
      storage_initializer = "kserve/storage-initializer:v0.18.0"
      # The model servers.
      huggingfaceserver           = "kserve/huggingfaceserver:v0.18.0"
      huggingfaceserver_multinode = "kserve/huggingfaceserver:v0.18.0-gpu"
      lgbserver                   = "kserve/lgbserver:v0.18.0"
      mlserver                    = "docker.io/seldonio/mlserver:1.7.1"
      paddleserver                = "kserve/paddleserver:v0.18.0"
      pmmlserver                  = "kserve/pmmlserver:v0.18.0"
      predictiveserver            = "kserve/predictiveserver:v0.18.0"
      sklearnserver               = "kserve/sklearnserver:v0.18.0"
      xgbserver                   = "kserve/xgbserver:v0.18.0"
    }
    inputs = {
      runtimes = {
        huggingfaceserver           = ""
        huggingfaceserver-multinode = ""
        lgbserver                   = ""
        mlserver                    = ""
        paddleserver                = ""
        pmmlserver                  = ""
        predictiveserver            = ""
        sklearnserver               = ""
        tensorflow-serving          = ""
        torchserve                  = ""
        tritonserver                = ""
        xgbserver                   = ""
      }
    }
  }
  component "models-web-app" {
    version = "0.18.0"
    images  = { web_app = "ghcr.io/kserve/models-web-app:0.18.0" }
  }
}
