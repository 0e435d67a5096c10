component {
  title       = "Central dashboard"
  description = "The platform's front page: menu, namespace selector, contributors."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway", "profiles"]
  editions    = ["mini", "enterprise"]
}

variable "registration" {
  description = "Whether a user without a profile is asked to make one at the first login."
  type        = bool
  default     = false
}
variable "menu_links" {
  description = "Further entries of the side menu, for web applications behind the same gateway: [{ text, link, icon }]."
  type        = list(object({ text = string, link = string, icon = string }))
  default     = []
}
variable "external_links" {
  description = "Further entries of the side menu that open in a new tab: [{ text, link, icon }]."
  type        = list(object({ text = string, link = string, icon = string }))
  default     = []
}

locals {
  # One row a link, with the component that serves it; what is not enabled is not offered. The order is the menu's.
  menu = [
    { component = "jupyter", link = { type = "item", text = "Notebooks", link = "/jupyter/", icon = "book" } },
    { component = "tensorboard", link = { type = "item", text = "TensorBoards", link = "/tensorboards/", icon = "assessment" } },
    { component = "volumes", link = { type = "item", text = "Volumes", link = "/volumes/", icon = "device:storage" } },
    { component = "katib", link = { type = "item", text = "Katib Experiments", link = "/katib/", icon = "kubeflow:katib" } },
    { component = "models-web-app", link = { type = "item", text = "KServe Endpoints", link = "/kserve-endpoints/", icon = "kubeflow:models" } },
    { component = "pipelines", link = {
      type = "section"
      text = "Pipelines"
      icon = "kubeflow:pipeline-centered"
      items = [
        { type = "item", text = "Pipelines", link = "/pipeline/#/pipelines" },
        { type = "item", text = "Experiments", link = "/pipeline/#/experiments" },
        { type = "item", text = "Runs", link = "/pipeline/#/runs" },
        { type = "item", text = "Recurring Runs", link = "/pipeline/#/recurringruns" },
        { type = "item", text = "Artifacts", link = "/pipeline/#/artifacts" },
        { type = "item", text = "Executions", link = "/pipeline/#/executions" },
      ]
    } },
  ]
  quick = [
    { component = "jupyter", link = { text = "Create a new Notebook", desc = "Kubeflow Notebooks", link = "/jupyter/new" } },
    { component = "pipelines", link = { text = "Upload a Pipeline", desc = "Kubeflow Pipelines", link = "/pipeline/#/pipelines" } },
    { component = "pipelines", link = { text = "View Pipeline Runs", desc = "Pipelines", link = "/pipeline/#/runs" } },
  ]
  documentation = [
    { component = "dashboard", link = { text = "Kubeflow Website", desc = "The Kubeflow website", link = "https://www.kubeflow.org/" } },
    { component = "pipelines", link = { text = "Kubeflow Pipelines Documentation", desc = "Documentation for Kubeflow Pipelines", link = "https://www.kubeflow.org/docs/components/pipelines/" } },
    { component = "jupyter", link = { text = "Kubeflow Notebooks Documentation", desc = "Documentation for Kubeflow Notebooks", link = "https://www.kubeflow.org/docs/components/notebooks/" } },
    { component = "training-operator", link = { text = "Kubeflow Training Operator Documentation", desc = "Documentation for Kubeflow Training Operator", link = "https://www.kubeflow.org/docs/components/training/" } },
    { component = "katib", link = { text = "Katib Documentation", desc = "Documentation for Katib", link = "https://www.kubeflow.org/docs/components/katib/" } },
  ]
  links = {
    menuLinks = concat(
      [for row in local.menu : row.link if contains(enabled, row.component)],
      [for link in input.menu_links : { type = "item", text = link.text, link = link.link, icon = link.icon }],
    )
    externalLinks      = [for link in input.external_links : { type = "item", text = link.text, link = link.link, icon = link.icon, iframe = false }]
    quickLinks         = [for row in local.quick : row.link if contains(enabled, row.component)]
    documentationItems = [for row in local.documentation : row.link if contains(enabled, row.component)]
  }
}
