release "1.9.1" {
  component "volcano-monitoring" {
    version = "1.10.0"
    images = {
      # Upstream takes whatever is newest of these two.
      prometheus = "docker.io/prom/prometheus:v2.54.1"
      grafana    = "docker.io/grafana/grafana:11.2.0"
      # With metrics of pods by queue, which the common one has not.
      kube_state_metrics = "docker.io/volcanosh/kube-state-metrics:v2.0.0-beta"
    }
  }
}
