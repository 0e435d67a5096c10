release "1.10.2" {
  component "kserve" {
    version = "0.15.0"
    images = {
      controller            = "kserve/kserve-controller:v0.15.0"
      localmodel_controller = "kserve/kserve-localmodel-controller:v0.15.0"
      rbac_proxy            = "quay.io/brancz/kube-rbac-proxy:v0.18.0"
      # What the controller puts into the pods of models; named in its configuration.
      agent               = "kserve/agent:v0.15.0"
      router              = "kserve/router:v0.15.0"
      storage_initializer = "kserve/storage-initializer:v0.15.0"
      # The model servers.
      huggingfaceserver           = "kserve/huggingfaceserver:v0.15.0"
      huggingfaceserver_multinode = "kserve/huggingfaceserver:v0.15.0-gpu"
      lgbserver                   = "kserve/lgbserver:v0.15.0"
      mlserver                    = "docker.io/seldonio/mlserver:1.5.0"
      paddleserver                = "kserve/paddleserver:v0.15.0"
      pmmlserver                  = "kserve/pmmlserver:v0.15.0"
      sklearnserver               = "kserve/sklearnserver:v0.15.0"
      xgbserver                   = "kserve/xgbserver:v0.15.0"
    }
    inputs = {
      runtimes = {
        huggingfaceserver           = ""
        huggingfaceserver-multinode = ""
        lgbserver                   = ""
        mlserver                    = ""
        paddleserver                = ""
        pmmlserver                  = ""
        sklearnserver               = ""
        tensorflow-serving          = ""
        torchserve                  = ""
        tritonserver                = ""
        xgbserver                   = ""
      }
    }
  }
  component "models-web-app" {
    version = "0.14.0"
    images  = { web_app = "ghcr.io/kserve/models-web-app:v0.14.0" }
  }
}
