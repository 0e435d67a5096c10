component {
  title       = "Volumes"
  description = "The web application where users make, browse and delete volumes."
  replicated  = ["volumes-web-app-deployment"]
  namespace   = "kubeflow"
  # The list of volumes shows which notebooks and viewers use them, and fails without either kind.
  requires = ["kubeflow", "kubeflow-gateway", "notebook-controller", "pvcviewer"]
  editions = ["mini", "enterprise"]
}

menu "Volumes" {
  order = 30
  link  = "/volumes/"
  icon  = "device:storage"
}
