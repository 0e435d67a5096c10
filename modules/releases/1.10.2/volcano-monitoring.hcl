release "1.10.2" {
  component "volcano-monitoring" {
    version = "1.13.3"
    images = {
      prometheus = "docker.io/prom/prometheus:v3.5.0"
      grafana    = "docker.io/grafana/grafana:12.1.0"
    }
  }
}
