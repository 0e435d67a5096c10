release "1.10.2" {
  component "prometheus" {
    version = "0.16.0"
    images = {
      prometheus_operator        = "quay.io/prometheus-operator/prometheus-operator:v0.85.0"
      prometheus_config_reloader = "quay.io/prometheus-operator/prometheus-config-reloader:v0.85.0"
      prometheus                 = "quay.io/prometheus/prometheus:v3.5.0"
      alertmanager               = "quay.io/prometheus/alertmanager:v0.28.1"
      node_exporter              = "quay.io/prometheus/node-exporter:v1.9.1"
      blackbox_exporter          = "quay.io/prometheus/blackbox-exporter:v0.27.0"
      configmap_reload           = "ghcr.io/jimmidyson/configmap-reload:v0.15.0"
      kube_state_metrics         = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.16.0"
      kube_rbac_proxy            = "quay.io/brancz/kube-rbac-proxy:v0.19.1"
    }
  }
  component "grafana" {
    version = "12.1.0"
    images  = { grafana = "grafana/grafana:12.1.0" }
  }
}
