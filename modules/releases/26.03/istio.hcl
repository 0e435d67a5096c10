release "26.03" {
  # Upstream's istiod and gateways are 1.28.0 and inject sidecars of 1.29.0; a proxy may not be newer than its istiod, so all
  # of it is 1.29.0, as upstream's definitions are.
  component "istio" {
    version = "1.29.0"
    images = {
      pilot = "docker.io/istio/pilot:1.29.0"
      proxy = "docker.io/istio/proxyv2:1.29.0"
      cni   = "docker.io/istio/install-cni:1.29.0"
    }
    replaces = {
      pilot = "gcr.io/istio-release/pilot:1.28.0"
      proxy = "gcr.io/istio-release/proxyv2:1.29.0"
      cni   = "gcr.io/istio-release/install-cni:1.28.0"
    }
  }
  component "cluster-local-gateway" {
    version  = "1.29.0"
    images   = { proxy = "docker.io/istio/proxyv2:1.29.0" }
    replaces = { proxy = "gcr.io/istio-release/proxyv2:1.28.0" }
  }
  component "kubeflow-gateway" {
    version = "26.03"
  }
}
