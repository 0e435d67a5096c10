release "1.10.2" {
  component "cert-manager" {
    version = "1.16.1"
    images = {
      controller = "quay.io/jetstack/cert-manager-controller:v1.16.1"
      cainjector = "quay.io/jetstack/cert-manager-cainjector:v1.16.1"
      webhook    = "quay.io/jetstack/cert-manager-webhook:v1.16.1"
      acmesolver = "quay.io/jetstack/cert-manager-acmesolver:v1.16.1"
    }
  }
  component "cert-manager-issuer" {
    version = "1.16.1"
  }
}
