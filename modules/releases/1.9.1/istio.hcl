release "1.9.1" {
  component "istio" {
    version = "1.22.1"
    images = {
      pilot = "docker.io/istio/pilot:1.22.1"
      proxy = "docker.io/istio/proxyv2:1.22.1" # also in every injected pod
    }
  }
  component "cluster-local-gateway" {
    version = "1.22.1"
    images  = { proxy = "docker.io/istio/proxyv2:1.22.1" }
  }
  component "kubeflow-gateway" {
    version = "1.9.1"
    images  = {}
  }
}
