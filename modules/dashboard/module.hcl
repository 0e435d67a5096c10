component {
  title       = "Central dashboard"
  description = "The platform's front page: menu, namespace selector, contributors."
  replicated  = [local.name]
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway", "profiles"]
  editions    = ["mini", "enterprise"]
}

variable "registration" {
  description = "Whether a user without a profile is asked to make one at the first login."
  type        = bool
  default     = false
}
variable "menu" {
  description = "Entries in place of those that these components offer themselves: [{ component, place, text, link, icon, description }]. The places are side, quick and documentation. A component that is off shows none, nor does an entry without a link."
  type = list(object({
    component   = string
    place       = optional(string, "side")
    text        = optional(string, "")
    link        = optional(string, "")
    icon        = optional(string, "")
    description = optional(string, "")
  }))
  default = []

  validation {
    condition     = alltrue([for entry in var.menu : contains(["side", "quick", "documentation"], entry.place)])
    error_message = "The place of an entry of the menu is side, quick or documentation."
  }
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

menu "Kubeflow Website" {
  place       = "documentation"
  order       = 10
  link        = "https://www.kubeflow.org/"
  description = "The Kubeflow website"
}

locals {
  # Each component says itself what is offered of it; what is not enabled is not there.
  entries = concat(
    [for row in var.menu : merge(row, { items = [] }) if row.link != "" && contains(enabled, row.component)],
    [for row in menu : row if !contains([for other in var.menu : other.component], row.component)],
  )
  side = [for row in local.entries : merge(
    { type = length(row.items) > 0 ? "section" : "item", text = row.text, icon = row.icon },
    length(row.items) > 0 ? { items = [for item in row.items : { type = "item", text = item.text, link = item.link }] } : {},
    length(row.items) > 0 ? {} : { link = row.link },
  ) if row.place == "side"]
  front = [for row in local.entries : { place = row.place, link = { text = row.text, desc = row.description, link = row.link } }]
  # Until 2.0 under another name, and with other labels on its pods.
  is_renamed = !startswith(component.version, "1.")
  name       = local.is_renamed ? "dashboard" : "centraldashboard"
  pods = local.is_renamed ? {
    "app"                          = "kubeflow-dashboard"
    "app.kubernetes.io/component"  = "dashboard"
    "app.kubernetes.io/managed-by" = "kustomize"
    "app.kubernetes.io/name"       = "centraldashboard"
    "app.kubernetes.io/part-of"    = "kubeflow-dashboard"
    } : {
    "app"                         = "centraldashboard"
    "app.kubernetes.io/component" = "centraldashboard"
    "app.kubernetes.io/name"      = "centraldashboard"
    "kustomize.component"         = "centraldashboard"
  }
  links = {
    menuLinks = concat(
      local.side,
      [for link in var.menu_links : { type = "item", text = link.text, link = link.link, icon = link.icon }],
    )
    externalLinks      = [for link in var.external_links : { type = "item", text = link.text, link = link.link, icon = link.icon, iframe = false }]
    quickLinks         = [for row in local.front : row.link if row.place == "quick"]
    documentationItems = [for row in local.front : row.link if row.place == "documentation"]
  }
}
