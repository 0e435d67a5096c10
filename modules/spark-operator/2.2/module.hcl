component {
  title       = "Spark operator"
  description = "Runs Apache Spark applications given as objects: SparkApplication, ScheduledSparkApplication, and SparkConnect from 2.4 on."
  replicated  = ["spark-operator-controller", "spark-operator-webhook"]
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  after       = ["volcano"]
  editions    = ["mini", "enterprise"]
}

variable "threads" {
  description = "How many applications the controller works on at once."
  type        = number
  default     = 10
}

locals {
  # The kinds that the webhook sees, with the version of each.
  kinds = concat(
    [{ name = "sparkapplication", version = "v1beta2" }, { name = "scheduledsparkapplication", version = "v1beta2" }],
    startswith(component.version, "2.5.") ? [{ name = "sparkconnect", version = "v1alpha1" }] : [],
  )
}
