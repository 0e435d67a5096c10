release "1.11.0" {
  component "katib" {
    version = "0.19.0"
    images = {
      controller                = "ghcr.io/kubeflow/katib/katib-controller:v0.19.0"
      db_manager                = "ghcr.io/kubeflow/katib/katib-db-manager:v0.19.0"
      ui                        = "ghcr.io/kubeflow/katib/katib-ui:v0.19.0"
      suggestion_hyperopt       = "ghcr.io/kubeflow/katib/suggestion-hyperopt:v0.19.0"
      suggestion_optuna         = "ghcr.io/kubeflow/katib/suggestion-optuna:v0.19.0"
      suggestion_hyperband      = "ghcr.io/kubeflow/katib/suggestion-hyperband:v0.19.0"
      suggestion_skopt          = "ghcr.io/kubeflow/katib/suggestion-skopt:v0.19.0"
      suggestion_goptuna        = "ghcr.io/kubeflow/katib/suggestion-goptuna:v0.19.0"
      suggestion_enas           = "ghcr.io/kubeflow/katib/suggestion-enas:v0.19.0"
      suggestion_darts          = "ghcr.io/kubeflow/katib/suggestion-darts:v0.19.0"
      suggestion_pbt            = "ghcr.io/kubeflow/katib/suggestion-pbt:v0.19.0"
      earlystopping_medianstop  = "ghcr.io/kubeflow/katib/earlystopping-medianstop:v0.19.0"
      file_metrics_collector    = "ghcr.io/kubeflow/katib/file-metrics-collector:v0.19.0"
      tfevent_metrics_collector = "ghcr.io/kubeflow/katib/tfevent-metrics-collector:v0.19.0"
      trial_pytorch_mnist       = "ghcr.io/kubeflow/katib/pytorch-mnist-cpu:v0.19.0"
      trial_enas_cifar10        = "ghcr.io/kubeflow/katib/enas-cnn-cifar10-cpu:v0.19.0"
    }
  }
  component "katib-database" {
    version = "8.0.44"
    # Upstream names mysql:8.0, which moves: a data directory that a newer one wrote cannot be taken back.
    images = { mysql = "mysql:8.0.44" }
  }
}
