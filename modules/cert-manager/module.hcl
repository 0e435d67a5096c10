component {
  title       = "cert-manager"
  description = "Issues and renews the certificates that webhooks and the gateway serve with."
  goes_out    = ["cert-manager"]
  replicated  = ["cert-manager", "cert-manager-cainjector", "cert-manager-webhook"]
  namespace   = "cert-manager"
  editions    = ["mini", "enterprise"]

  # Who leads is kept in kube-system, so that only one copy of cert-manager in a cluster acts.
  leaves "Lease.coordination.k8s.io" {
    name      = "cert-manager-controller"
    namespace = "kube-system"
  }
  leaves "Lease.coordination.k8s.io" {
    name      = "cert-manager-cainjector-leader-election"
    namespace = "kube-system"
  }
}
