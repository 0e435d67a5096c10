release "26.03.1" {
  component "jupyter" {
    version = "1.11.0"
    images = {
      web_app                 = "ghcr.io/kubeflow/notebooks/jupyter-web-app:v1.11.0"
      jupyter_scipy           = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-scipy:v1.11.0"
      jupyter_pytorch         = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-pytorch-full:v1.11.0"
      jupyter_pytorch_cuda    = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-pytorch-cuda-full:v1.11.0"
      jupyter_pytorch_gaudi   = null
      jupyter_tensorflow      = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-tensorflow-full:v1.11.0"
      jupyter_tensorflow_cuda = "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-tensorflow-cuda-full:v1.11.0"
      codeserver              = "ghcr.io/kubeflow/kubeflow/notebook-servers/codeserver-python:v1.11.0"
      rstudio                 = "ghcr.io/kubeflow/kubeflow/notebook-servers/rstudio-tidyverse:v1.11.0"
    }
  }
}
