component {
  title       = "Guard"
  description = "A webhook with its program, and an object that it is asked about."
  namespace   = "guard"
}

variable "name" {
  type = string
}
variable "certificate" {
  type = string
}
variable "key" {
  type = string
}
variable "authority" {
  description = "What the server checks the program by; empty while nobody has filled it in."
  type        = string
  default     = ""
}
variable "content" {
  description = "What the guarded object says."
  type        = string
  default     = "b"
}
