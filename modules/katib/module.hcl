component {
  title       = "Katib"
  description = "Tunes hyperparameters and searches network architectures: experiments, their trials and the web application."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway", "cert-manager"]
  # The controller watches the kinds of jobs it finds when it starts.
  after    = ["training-operator"]
  editions = ["mini", "enterprise"]
}

variable "storage_size" {
  description = "Size of the database volume that keeps the metrics of all trials."
  type        = string
  default     = "10Gi"
}

generated "mysql_root_password" {
  secret = "kubeflow/katib-mysql-secrets"
  key    = "MYSQL_ROOT_PASSWORD"
  format = "alphanumeric"
  length = 32
}

locals {
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
    { algorithm = "enas", image = image.suggestion_enas, memory = "400Mi", volume = "" },
    { algorithm = "darts", image = image.suggestion_darts, memory = "", volume = "" },
    { algorithm = "pbt", image = image.suggestion_pbt, memory = "", volume = "5Gi" },
  ]
}
