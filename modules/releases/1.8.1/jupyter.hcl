release "1.8.1" {
  component "jupyter" {
    version = "1.8.0"
    images = {
      web_app                 = "docker.io/kubeflownotebookswg/jupyter-web-app:v1.8.0"
      jupyter_scipy           = "kubeflownotebookswg/jupyter-scipy:v1.8.0"
      jupyter_pytorch         = "kubeflownotebookswg/jupyter-pytorch-full:v1.8.0"
      jupyter_pytorch_cuda    = "kubeflownotebookswg/jupyter-pytorch-cuda-full:v1.8.0"
      jupyter_pytorch_gaudi   = null
      jupyter_tensorflow      = "kubeflownotebookswg/jupyter-tensorflow-full:v1.8.0"
      jupyter_tensorflow_cuda = "kubeflownotebookswg/jupyter-tensorflow-cuda-full:v1.8.0"
      codeserver              = "kubeflownotebookswg/codeserver-python:v1.8.0"
      rstudio                 = "kubeflownotebookswg/rstudio-tidyverse:v1.8.0"
    }
  }
}
