release "1.8.1" {
  component "istio" {
    version = "1.17.5"
    images = {
      pilot = "docker.io/istio/pilot:1.17.5"
      proxy = "docker.io/istio/proxyv2:1.17.5"
    }
  }
  component "cluster-local-gateway" {
    version = "1.17.5"
    images  = { proxy = "docker.io/istio/proxyv2:1.17.5" }
  }
  component "kubeflow-gateway" {
    version = "1.8.1"
  }
}
