release "26.03.1" {
  component "trainer" {
    version = "2.2.0"
    images = {
      controller          = "ghcr.io/kubeflow/trainer/trainer-controller-manager:v2.2.0"
      torch               = "pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime"
      jax                 = "nvcr.io/nvidia/jax:25.10-py3"
      xgboost             = "ghcr.io/kubeflow/trainer/xgboost-runtime:v2.2.0"
      deepspeed           = "ghcr.io/kubeflow/trainer/deepspeed-runtime:v2.2.0"
      mlx                 = "ghcr.io/kubeflow/trainer/mlx-runtime:v2.2.0"
      dataset_initializer = "ghcr.io/kubeflow/trainer/dataset-initializer:v2.2.0"
      model_initializer   = "ghcr.io/kubeflow/trainer/model-initializer:v2.2.0"
      torchtune           = "ghcr.io/kubeflow/trainer/torchtune-trainer:v2.2.0"
    }
  }
  component "jobset" {
    version = "0.11.0"
    images  = { controller = "registry.k8s.io/jobset/jobset:v0.11.0" }
  }
}
