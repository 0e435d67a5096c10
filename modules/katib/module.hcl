component {
  title       = "Katib"
  description = "Tunes hyperparameters and searches network architectures: experiments, their trials and the web application."
  replicated  = ["katib-ui", "katib-db-manager"]
  alone = {
    "katib-controller" = "it elects no leader as upstream starts it"
  }
  namespace   = "kubeflow"
  requires = concat(
    ["kubeflow", "kubeflow-gateway", "cert-manager"],
    var.database == null ? ["katib-database"] : [],
  )
  # The controller watches the kinds of jobs it finds when it starts.
  after    = ["training-operator", "trainer"]
  editions = ["mini", "enterprise"]
}

menu "Katib Experiments" {
  order = 40
  link  = "/katib/"
  icon  = "kubeflow:katib"
}
menu "Katib Documentation" {
  place       = "documentation"
  order       = 50
  link        = "https://www.kubeflow.org/docs/components/katib/"
  description = "Documentation for Katib"
}

variable "database" {
  description = "A MySQL server of your own in place of the platform's: { host, port, secret, name }. The Secret lies in the namespace kubeflow and holds username and password; the database must exist."
  type = object({
    host   = string
    port   = optional(number, 3306)
    secret = string
    name   = optional(string, "katib")
  })
  default = null

  validation {
    condition     = var.database == null || can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$", var.database.host))
    error_message = "The host of the database is a name or an IPv4 address alone, as mysql.corp.example. Give its port with \"port\"."
  }
  validation {
    condition     = var.database == null || can(regex("^[0-9]+$", tostring(var.database.port))) && try(var.database.port >= 1 && var.database.port <= 65535, false)
    error_message = "The port of the database is a whole number from 1 to 65535; MySQL's is 3306."
  }
  validation {
    condition     = var.database == null || can(regex("^(kubeflow/)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.database.secret))
    error_message = "The secret of the database is the name of a Secret in the namespace kubeflow, as mysql-external or kubeflow/mysql-external: pods read no Secrets of other namespaces. Copy it there, with the keys username and password."
  }
  validation {
    condition     = var.database == null || can(regex("^[A-Za-z0-9_$-]{1,64}$", var.database.name))
    error_message = "The name of the database has 1 to 64 letters, digits, underscores, hyphens and dollar signs."
  }
}

locals {
  secret = try(trimprefix(var.database.secret, "kubeflow/"), "")

  # The image that serves each search algorithm. `memory` raises the limit of its pod; `volume` gives it a shared volume
  # of that size for the checkpoints it passes from trial to trial.
  suggestions = [
    { algorithm = "random", image = image.suggestion_hyperopt, memory = "", volume = "" },
    { algorithm = "tpe", image = image.suggestion_hyperopt, memory = "", volume = "" },
    { algorithm = "grid", image = image.suggestion_optuna, memory = "", volume = "" },
    { algorithm = "hyperband", image = image.suggestion_hyperband, memory = "", volume = "" },
    { algorithm = "bayesianoptimization", image = image.suggestion_skopt, memory = "", volume = "" },
    { algorithm = "cmaes", image = image.suggestion_goptuna, memory = "", volume = "" },
    { algorithm = "sobol", image = image.suggestion_goptuna, memory = "", volume = "" },
    { algorithm = "multivariate-tpe", image = image.suggestion_optuna, memory = "", volume = "" },
    { algorithm = "enas", image = image.suggestion_enas, memory = startswith(component.version, "0.16.") ? "200Mi" : "400Mi", volume = "" },
    { algorithm = "darts", image = image.suggestion_darts, memory = "", volume = "" },
    { algorithm = "pbt", image = image.suggestion_pbt, memory = "", volume = "5Gi" },
  ]
}
