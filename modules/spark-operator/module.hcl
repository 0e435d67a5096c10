component {
  title       = "Spark operator"
  description = "Runs Apache Spark applications given as objects: SparkApplication, ScheduledSparkApplication."
  replicated  = ["spark-operator-controller", "spark-operator-webhook"]
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  after       = ["volcano"]
  editions    = ["enterprise"]
}

variable "threads" {
  description = "How many applications the controller works on at once."
  type        = number
  default     = 10
}

locals {
  # The kinds that the webhook sees, with the version of each.
  kinds = [{ name = "sparkapplication", version = "v1beta2" }, { name = "scheduledsparkapplication", version = "v1beta2" }]
}
