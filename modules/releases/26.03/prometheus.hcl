release "26.03" {
  component "prometheus" {
    version = "0.17.0"
    images = {
      prometheus_operator        = "quay.io/prometheus-operator/prometheus-operator:v0.89.0"
      prometheus_config_reloader = "quay.io/prometheus-operator/prometheus-config-reloader:v0.89.0"
      prometheus                 = "quay.io/prometheus/prometheus:v3.10.0"
      alertmanager               = "quay.io/prometheus/alertmanager:v0.31.1"
      node_exporter              = "quay.io/prometheus/node-exporter:v1.10.2"
      blackbox_exporter          = "quay.io/prometheus/blackbox-exporter:v0.28.0"
      configmap_reload           = "ghcr.io/jimmidyson/configmap-reload:v0.15.0"
      kube_state_metrics         = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0"
      kube_rbac_proxy            = "quay.io/brancz/kube-rbac-proxy:v0.21.0"
    }
  }
  component "grafana" {
    version = "12.4.1"
    images  = { grafana = "grafana/grafana:12.4.1" }
  }
}
