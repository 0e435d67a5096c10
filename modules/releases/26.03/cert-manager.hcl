release "26.03" {
  component "cert-manager" {
    version = "1.19.4"
    images = {
      controller = "quay.io/jetstack/cert-manager-controller:v1.19.4"
      cainjector = "quay.io/jetstack/cert-manager-cainjector:v1.19.4"
      webhook    = "quay.io/jetstack/cert-manager-webhook:v1.19.4"
      acmesolver = "quay.io/jetstack/cert-manager-acmesolver:v1.19.4"
    }
  }
  component "cert-manager-issuer" {
    version = "1.19.4"
  }
}
