release "1.8.1" {
  component "katib" {
    version = "0.16.0"
    images = {
      controller                = "docker.io/kubeflowkatib/katib-controller:v0.16.0"
      db_manager                = "docker.io/kubeflowkatib/katib-db-manager:v0.16.0"
      ui                        = "docker.io/kubeflowkatib/katib-ui:v0.16.0"
      suggestion_hyperopt       = "docker.io/kubeflowkatib/suggestion-hyperopt:v0.16.0"
      suggestion_optuna         = "docker.io/kubeflowkatib/suggestion-optuna:v0.16.0"
      suggestion_hyperband      = "docker.io/kubeflowkatib/suggestion-hyperband:v0.16.0"
      suggestion_skopt          = "docker.io/kubeflowkatib/suggestion-skopt:v0.16.0"
      suggestion_goptuna        = "docker.io/kubeflowkatib/suggestion-goptuna:v0.16.0"
      suggestion_enas           = "docker.io/kubeflowkatib/suggestion-enas:v0.16.0"
      suggestion_darts          = "docker.io/kubeflowkatib/suggestion-darts:v0.16.0"
      suggestion_pbt            = "docker.io/kubeflowkatib/suggestion-pbt:v0.16.0"
      earlystopping_medianstop  = "docker.io/kubeflowkatib/earlystopping-medianstop:v0.16.0"
      file_metrics_collector    = "docker.io/kubeflowkatib/file-metrics-collector:v0.16.0"
      tfevent_metrics_collector = "docker.io/kubeflowkatib/tfevent-metrics-collector:v0.16.0"
      trial_pytorch_mnist       = "docker.io/kubeflowkatib/pytorch-mnist-cpu:v0.16.0"
      trial_enas_cifar10        = "docker.io/kubeflowkatib/enas-cnn-cifar10-cpu:v0.16.0"
      trial_mxnet_mnist         = "docker.io/kubeflowkatib/mxnet-mnist:v0.16.0"
    }
  }
}
