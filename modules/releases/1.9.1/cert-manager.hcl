release "1.9.1" {
  component "cert-manager" {
    version = "1.14.5"
    images = {
      controller = "quay.io/jetstack/cert-manager-controller:v1.14.5"
      cainjector = "quay.io/jetstack/cert-manager-cainjector:v1.14.5"
      webhook    = "quay.io/jetstack/cert-manager-webhook:v1.14.5"
      acmesolver = "quay.io/jetstack/cert-manager-acmesolver:v1.14.5" # an argument of the controller
    }
  }
  component "cert-manager-issuer" {
    version = "1.14.5"
    images  = {}
  }
}
