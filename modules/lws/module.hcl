component {
  title       = "LeaderWorkerSet"
  description = "Groups of pods that are made, scaled and restarted as one: models served by several nodes, and the data cache of Trainer."
  replicated  = ["lws-controller-manager"]
  namespace   = "lws-system"
  requires    = ["cert-manager"]
  editions    = []
}

variable "replicas" {
  description = "How many controllers run; one of them leads."
  type        = number
  default     = 2
}
variable "log_level" {
  type    = number
  default = 2
}
