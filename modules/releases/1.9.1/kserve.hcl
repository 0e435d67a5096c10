release "1.9.1" {
  component "kserve" {
    version = "0.13.1"
    images = {
      controller = "kserve/kserve-controller:v0.13.1"
      # Upstream's gcr.io/kubebuilder/kube-rbac-proxy was deleted in 2026; the same program from its authors.
      rbac_proxy = "quay.io/brancz/kube-rbac-proxy:v0.13.1"
      # What the controller puts into the pods of models; named in its configuration.
      agent               = "kserve/agent:v0.13.1"
      router              = "kserve/router:v0.13.1"
      storage_initializer = "kserve/storage-initializer:v0.13.1"
      art_explainer       = "kserve/art-explainer:latest"
      # The model servers.
      huggingfaceserver  = "kserve/huggingfaceserver:v0.13.1"
      lgbserver          = "kserve/lgbserver:v0.13.1"
      mlserver           = "docker.io/seldonio/mlserver:1.3.2"
      paddleserver       = "kserve/paddleserver:v0.13.1"
      pmmlserver         = "kserve/pmmlserver:v0.13.1"
      sklearnserver      = "kserve/sklearnserver:v0.13.1"
      tensorflow_serving = "tensorflow/serving:2.6.2"
      torchserve         = "pytorch/torchserve-kfs:0.9.0"
      tritonserver       = "nvcr.io/nvidia/tritonserver:23.05-py3"
      xgbserver          = "kserve/xgbserver:v0.13.1"
    }
    replaces = { rbac_proxy = "gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1" }
  }
  component "models-web-app" {
    version = "0.13.0-rc.0"
    images  = { web_app = "kserve/models-web-app:v0.13.0-rc.0" }
  }
}
