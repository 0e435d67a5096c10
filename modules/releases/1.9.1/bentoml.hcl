release "1.9.1" {
  component "bentoml" {
    version = "1.1.21" # of yatai-deployment; yatai-image-builder is 1.2.28
    images = {
      deployment    = "quay.io/bentoml/yatai-deployment:1.1.21"
      image_builder = "quay.io/bentoml/yatai-image-builder:1.2.28"
      # What they run for a bento; named in their environment.
      debugger            = "quay.io/bentoml/bento-debugger:0.0.8"
      metrics_transformer = "quay.io/bentoml/yatai-bento-metrics-transformer:0.0.4"
      monitor_exporter    = "quay.io/bentoml/bentoml-monitor-exporter:0.0.3"
      proxy               = "quay.io/bentoml/bentoml-proxy:0.0.1"
      downloader          = "quay.io/bentoml/bento-downloader:0.0.1"
      buildkit            = "quay.io/bentoml/buildkit:master"
      buildkit_rootless   = "quay.io/bentoml/buildkit:master-rootless"
      kaniko              = "quay.io/bentoml/kaniko:debug"
    }
  }
}
