release "26.03" {
  component "keda" {
    version = "2.20.2"
    images = {
      operator       = "ghcr.io/kedacore/keda:2.20.2"
      metrics_server = "ghcr.io/kedacore/keda-metrics-apiserver:2.20.2"
      webhooks       = "ghcr.io/kedacore/keda-admission-webhooks:2.20.2"
    }
  }
}
