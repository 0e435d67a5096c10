release "1.11.0" {
  component "kserve" {
    version = "0.15.2"
    images = {
      controller            = "kserve/kserve-controller:v0.15.2"
      localmodel_controller = "kserve/kserve-localmodel-controller:v0.15.2"
      # What the controller puts into the pods of models; named in its configuration.
      agent               = "kserve/agent:v0.15.2"
      router              = "kserve/router:v0.15.2"
      storage_initializer = "kserve/storage-initializer:v0.15.2"
      # The model servers.
      huggingfaceserver           = "kserve/huggingfaceserver:v0.15.2"
      huggingfaceserver_multinode = "kserve/huggingfaceserver:v0.15.2-gpu"
      lgbserver                   = "kserve/lgbserver:v0.15.2"
      paddleserver                = "kserve/paddleserver:v0.15.2"
      pmmlserver                  = "kserve/pmmlserver:v0.15.2"
      sklearnserver               = "kserve/sklearnserver:v0.15.2"
      xgbserver                   = "kserve/xgbserver:v0.15.2"
    }
  }
  component "models-web-app" {
    version = "0.15.0"
    images  = { web_app = "ghcr.io/kserve/models-web-app:0.15.0" }
  }
}
