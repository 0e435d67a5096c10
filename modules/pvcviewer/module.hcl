component {
  title       = "PVC viewer"
  description = "Opens volumes in the browser: a file manager, a Service and a route for each PVCViewer object."
  replicated  = ["pvcviewer-controller-manager"]
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway", "cert-manager"]
  editions    = ["mini", "enterprise"]
}
