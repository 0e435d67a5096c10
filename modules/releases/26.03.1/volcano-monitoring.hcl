release "26.03.1" {
  component "volcano-monitoring" {
    images = {
      prometheus = "docker.io/prom/prometheus:v3.12.0"
      grafana    = "docker.io/grafana/grafana:13.0.2"
    }
  }
}
