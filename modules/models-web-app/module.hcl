component {
  title       = "KServe endpoints"
  description = "The web application where users make, watch and delete the models they serve."
  replicated  = ["kserve-models-web-app", "kserve-models-web-application"]
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway", "kserve"]
  editions    = ["mini", "enterprise"]
}

menu "KServe Endpoints" {
  order = 50
  link  = "/kserve-endpoints/"
  icon  = "kubeflow:models"
}
