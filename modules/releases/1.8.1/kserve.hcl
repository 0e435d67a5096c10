release "1.8.1" {
  component "kserve" {
    version = "0.11.2"
    images = {
      controller = "kserve/kserve-controller:v0.11.2"
      # What the controller puts into the pods of models; named in its configuration.
      agent               = "kserve/agent:v0.11.2"
      router              = "kserve/router:v0.11.2"
      storage_initializer = "kserve/storage-initializer:v0.11.2"
      alibi_explainer     = "kserve/alibi-explainer:latest"
      # The model servers.
      huggingfaceserver = null
      lgbserver         = "kserve/lgbserver:v0.11.2"
      paddleserver      = "kserve/paddleserver:v0.11.2"
      pmmlserver        = "kserve/pmmlserver:v0.11.2"
      sklearnserver     = "kserve/sklearnserver:v0.11.2"
      torchserve        = "pytorch/torchserve-kfs:0.8.2"
      xgbserver         = "kserve/xgbserver:v0.11.2"
    }
    inputs = {
      runtimes = {
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
    }
  }
  component "models-web-app" {
    version = "0.10.0"
    images  = { web_app = "kserve/models-web-app:v0.10.0" }
  }
}
