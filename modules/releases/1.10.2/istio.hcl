release "1.10.2" {
  # Upstream's registry is switched off in December 2026; this one stays and has the same.
  component "istio" {
    version = "1.26.1"
    images = {
      pilot = "docker.io/istio/pilot:1.26.1"
      proxy = "docker.io/istio/proxyv2:1.26.1"
      cni   = "docker.io/istio/install-cni:1.26.1"
    }
    replaces = {
      pilot = "gcr.io/istio-release/pilot:1.26.1"
      proxy = "gcr.io/istio-release/proxyv2:1.26.1"
      cni   = "gcr.io/istio-release/install-cni:1.26.1"
    }
  }
  component "cluster-local-gateway" {
    version  = "1.26.1"
    images   = { proxy = "docker.io/istio/proxyv2:1.26.1" }
    replaces = { proxy = "gcr.io/istio-release/proxyv2:1.26.1" }
  }
  component "kubeflow-gateway" {
    version = "1.10.2"
  }
}
