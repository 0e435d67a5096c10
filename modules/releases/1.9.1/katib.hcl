release "1.9.1" {
  component "katib" {
    version = "0.17.0"
    images = {
      controller = "docker.io/kubeflowkatib/katib-controller:v0.17.0"
      db_manager = "docker.io/kubeflowkatib/katib-db-manager:v0.17.0"
      ui         = "docker.io/kubeflowkatib/katib-ui:v0.17.0"
      # What the controller runs for experiments; named in its configuration.
      suggestion_hyperopt       = "docker.io/kubeflowkatib/suggestion-hyperopt:v0.17.0"
      suggestion_optuna         = "docker.io/kubeflowkatib/suggestion-optuna:v0.17.0"
      suggestion_hyperband      = "docker.io/kubeflowkatib/suggestion-hyperband:v0.17.0"
      suggestion_skopt          = "docker.io/kubeflowkatib/suggestion-skopt:v0.17.0"
      suggestion_goptuna        = "docker.io/kubeflowkatib/suggestion-goptuna:v0.17.0"
      suggestion_enas           = "docker.io/kubeflowkatib/suggestion-enas:v0.17.0"
      suggestion_darts          = "docker.io/kubeflowkatib/suggestion-darts:v0.17.0"
      suggestion_pbt            = "docker.io/kubeflowkatib/suggestion-pbt:v0.17.0"
      earlystopping_medianstop  = "docker.io/kubeflowkatib/earlystopping-medianstop:v0.17.0"
      file_metrics_collector    = "docker.io/kubeflowkatib/file-metrics-collector:v0.17.0"
      tfevent_metrics_collector = "docker.io/kubeflowkatib/tfevent-metrics-collector:v0.17.0"
      # What the example trials of the web application run.
      trial_pytorch_mnist = "docker.io/kubeflowkatib/pytorch-mnist-cpu:v0.17.0"
      trial_enas_cifar10  = "docker.io/kubeflowkatib/enas-cnn-cifar10-cpu:v0.17.0"
    }
  }
  component "katib-database" {
    version = "8.0.29"
    images  = { mysql = "mysql:8.0.29" }
  }
}
