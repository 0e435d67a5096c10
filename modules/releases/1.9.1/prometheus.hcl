release "1.9.1" {
  component "prometheus" {
    version = "0.14.0" # of kube-prometheus, which chooses these
    images = {
      prometheus_operator        = "quay.io/prometheus-operator/prometheus-operator:v0.76.2"
      prometheus_config_reloader = "quay.io/prometheus-operator/prometheus-config-reloader:v0.76.2" # an argument of the operator
      prometheus                 = "quay.io/prometheus/prometheus:v2.54.1"
      alertmanager               = "quay.io/prometheus/alertmanager:v0.27.0"
      node_exporter              = "quay.io/prometheus/node-exporter:v1.8.2"
      blackbox_exporter          = "quay.io/prometheus/blackbox-exporter:v0.25.0"
      configmap_reload           = "ghcr.io/jimmidyson/configmap-reload:v0.13.1"
      kube_state_metrics         = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.13.0"
      prometheus_adapter         = "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0"
      kube_rbac_proxy            = "quay.io/brancz/kube-rbac-proxy:v0.18.1"
    }
  }
  component "grafana" {
    version = "11.2.0"
    images  = { grafana = "grafana/grafana:11.2.0" }
  }
}
