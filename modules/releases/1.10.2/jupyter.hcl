release "1.10.2" {
  component "jupyter" {
    version = "1.10.0"
    images = {
      web_app                 = "ghcr.io/kubeflow/kubeflow/jupyter-web-app:v1.10.0"
      jupyter_scipy           = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-scipy:v1.10.0"
      jupyter_pytorch         = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-pytorch-full:v1.10.0"
      jupyter_pytorch_cuda    = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-pytorch-cuda-full:v1.10.0"
      jupyter_pytorch_gaudi   = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-pytorch-gaudi-full:v1.10.0"
      jupyter_tensorflow      = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-tensorflow-full:v1.10.0"
      jupyter_tensorflow_cuda = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-tensorflow-cuda-full:v1.10.0"
      codeserver              = "ghcr.io/kubeflow/kubeflow/notebook-servers/codeserver-python:v1.10.0"
      rstudio                 = "ghcr.io/kubeflow/kubeflow/notebook-servers/rstudio-tidyverse:v1.10.0"
    }
  }
}
