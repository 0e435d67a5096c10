release "1.9.1" {
  component "jupyter" {
    version = "1.9.2"
    images = {
      web_app = "docker.io/kubeflownotebookswg/jupyter-web-app:v1.9.2"
      # What the form offers.
      jupyter_scipy           = "kubeflownotebookswg/jupyter-scipy:v1.9.2"
      jupyter_pytorch         = "kubeflownotebookswg/jupyter-pytorch-full:v1.9.2"
      jupyter_pytorch_cuda    = "kubeflownotebookswg/jupyter-pytorch-cuda-full:v1.9.2"
      jupyter_pytorch_gaudi   = "kubeflownotebookswg/jupyter-pytorch-gaudi-full:v1.9.2"
      jupyter_tensorflow      = "kubeflownotebookswg/jupyter-tensorflow-full:v1.9.2"
      jupyter_tensorflow_cuda = "kubeflownotebookswg/jupyter-tensorflow-cuda-full:v1.9.2"
      codeserver              = "kubeflownotebookswg/codeserver-python:v1.9.2"
      rstudio                 = "kubeflownotebookswg/rstudio-tidyverse:v1.9.2"
    }
  }
}
