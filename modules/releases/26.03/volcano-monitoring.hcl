release "26.03" {
  component "volcano-monitoring" {
    version = "1.15.1"
    images = {
      prometheus = "docker.io/prom/prometheus:v3.10.0"
      grafana    = "docker.io/grafana/grafana:12.4.1"
    }
  }
}
