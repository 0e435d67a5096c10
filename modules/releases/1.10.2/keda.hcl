release "1.10.2" {
  component "keda" {
    version = "2.17.3"
    images = {
      operator       = "ghcr.io/kedacore/keda:2.17.3"
      metrics_server = "ghcr.io/kedacore/keda-metrics-apiserver:2.17.3"
      webhooks       = "ghcr.io/kedacore/keda-admission-webhooks:2.17.3"
    }
  }
}
