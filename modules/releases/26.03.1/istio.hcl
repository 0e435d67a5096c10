release "26.03.1" {
  # Upstream's registry is switched off in December 2026; this one stays and has the same.
  component "istio" {
    version = "1.30.1"
    images = {
      pilot = "docker.io/istio/pilot:1.30.1"
      proxy = "docker.io/istio/proxyv2:1.30.1"
      cni   = "docker.io/istio/install-cni:1.30.1"
    }
    replaces = {
      pilot = "registry.istio.io/release/pilot:1.30.1"
      proxy = "registry.istio.io/release/proxyv2:1.30.1"
      cni   = "registry.istio.io/release/install-cni:1.30.1"
    }
  }
  component "cluster-local-gateway" {
    version  = "1.30.1"
    images   = { proxy = "docker.io/istio/proxyv2:1.30.1" }
    replaces = { proxy = "registry.istio.io/release/proxyv2:1.30.1" }
  }
  component "kubeflow-gateway" {
    version = "26.03.1"
  }
}
