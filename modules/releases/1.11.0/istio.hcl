release "1.11.0" {
  component "istio" {
    version = "1.28.0"
    images = {
      pilot = "docker.io/istio/pilot:1.28.0"
      proxy = "docker.io/istio/proxyv2:1.28.0"
      cni   = "docker.io/istio/install-cni:1.28.0"
    }
    replaces = {
      pilot = "gcr.io/istio-release/pilot:1.28.0"
      proxy = "gcr.io/istio-release/proxyv2:1.28.0"
      cni   = "gcr.io/istio-release/install-cni:1.28.0"
    }
    inputs = { sidecar_cpu = "10m", sidecar_memory = "40Mi" }
  }
  component "cluster-local-gateway" {
    version  = "1.28.0"
    images   = { proxy = "docker.io/istio/proxyv2:1.28.0" }
    replaces = { proxy = "gcr.io/istio-release/proxyv2:1.28.0" }
  }
  component "kubeflow-gateway" {
    version = "1.11.0"
  }
}
