component {
  title       = "Trouble"
  description = "A workload that does not come up, as it is told."
  namespace   = "trouble"
}

variable "name" {
  type = string
}
variable "fault" {
  description = "What keeps its pods from running: a fault that pods can ask for, unschedulable, claim, or nothing."
  type        = string
  default     = "none"
}
