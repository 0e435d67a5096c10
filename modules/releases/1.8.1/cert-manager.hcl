release "1.8.1" {
  component "cert-manager" {
    version = "1.12.2"
    images = {
      controller = "quay.io/jetstack/cert-manager-controller:v1.12.2"
      cainjector = "quay.io/jetstack/cert-manager-cainjector:v1.12.2"
      webhook    = "quay.io/jetstack/cert-manager-webhook:v1.12.2"
      acmesolver = "quay.io/jetstack/cert-manager-acmesolver:v1.12.2"
    }
  }
  component "cert-manager-issuer" {
    version = "1.12.2"
  }
}
