release "1.11.0" {
  component "trainer" {
    version = "2.1.0"
    images = {
      controller = "ghcr.io/kubeflow/trainer/trainer-controller-manager:v2.1.0"
      # What jobs run; named by the runtimes.
      torch               = "pytorch/pytorch:2.7.1-cuda12.8-cudnn9-runtime"
      deepspeed           = "ghcr.io/kubeflow/trainer/deepspeed-runtime:v2.1.0"
      mlx                 = "ghcr.io/kubeflow/trainer/mlx-runtime:v2.1.0"
      dataset_initializer = "ghcr.io/kubeflow/trainer/dataset-initializer:v2.1.0"
      model_initializer   = "ghcr.io/kubeflow/trainer/model-initializer:v2.1.0"
      torchtune           = "ghcr.io/kubeflow/trainer/torchtune-trainer:v2.1.0"
    }
  }
  component "jobset" {
    version = "0.10.1"
    # Upstream names a registry for tests, which removes everything after 90 days; this is the same image, published.
    images   = { controller = "registry.k8s.io/jobset/jobset:v0.10.1" }
    replaces = { controller = "us-central1-docker.pkg.dev/k8s-staging-images/jobset/jobset:v0.10.1" }
  }
}
