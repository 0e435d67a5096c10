component {
  title       = "GPU operator"
  description = "Prepares nodes with NVIDIA GPUs: driver, container runtime, device plugin, sharing and metrics."
  namespace   = "gpu-operator"
  requires    = ["node-feature-discovery"]
  # The kind ServiceMonitor is Prometheus's.
  after    = ["prometheus"]
  editions = ["mini", "enterprise"]
  when     = platform.gpu.sharing != "none" || platform.gpu.monitoring || platform.gpu.rdma
  # The operator reports a driver or toolkit that does not come up on some node here.
  readiness "ClusterPolicy.nvidia.com" {
    conditions = ["Ready"]
    failures   = []
  }
}

variable "driver" {
  description = "Whether the operator installs the driver; false where the nodes' image has one."
  type        = bool
  default     = true
}
variable "cuda" {
  description = "Newest CUDA version that containers may use; it decides the driver: 12.2 (driver 535), 12.4 (550), 12.8 (570)."
  type        = string
  default     = "12.4"

  validation {
    condition     = contains(["12.2", "12.4", "12.8"], var.cuda)
    error_message = "The CUDA version is one of 12.2, 12.4 and 12.8."
  }
}
variable "open_kernel_modules" {
  description = "Whether the driver's open kernel modules are used; needed for GPUs from Blackwell on."
  type        = bool
  default     = false
}
variable "toolkit" {
  description = "Whether the operator installs the container runtime's GPU support; false where the nodes' image has it."
  type        = bool
  default     = true
}
variable "mig_strategy" {
  description = "With sharing = \"mig\": mixed names every slice after its size (nvidia.com/mig-1g.5gb), single calls all of them nvidia.com/gpu."
  type        = string
  default     = "mixed"

  validation {
    condition     = contains(["single", "mixed"], var.mig_strategy)
    error_message = "The strategy is single or mixed."
  }
}
variable "mig_default" {
  description = "With sharing = \"mig\": how GPUs of nodes without the label nvidia.com/mig.config are cut: all-disabled, all-balanced, all-1g.5gb and so on."
  type        = string
  default     = "all-balanced"
}

locals {
  # The driver's tag without the node's system, which the operator appends.
  images = merge(image, {
    driver  = replace(image["driver_cuda_${replace(input.cuda, ".", "_")}"], "-ubuntu22.04", "")
    gdrcopy = replace(image.gdrcopy, "-ubuntu22.04", "")
  })
  # The operator wants the parts of an image apart.
  parts = { for key, reference in local.images : key => {
    repository = regex("^(.+)/[^/]+$", reference)[0]
    image      = regex("/([^/:@]+)[:@][^/]+$", reference)[0]
    version    = regex("[:@]([^/@]+)$", reference)[0]
  } }

  # What the device plugin tells Kubernetes of a GPU that is shared by time or by MPS.
  shared = { resources = [{ name = "nvidia.com/gpu", replicas = platform.gpu.replicas }] }
  sharing = {
    time_slicing = { version = "v1", flags = { migStrategy = "none" }, sharing = { timeSlicing = local.shared } }
    mps          = { version = "v1", flags = { migStrategy = "none" }, sharing = { mps = local.shared } }
  }
  # Nobody watches the ConfigMap; another name makes the operator roll the device plugin.
  plugin_config_name = "${replace(platform.gpu.sharing, "_", "-")}-${platform.gpu.replicas}"
  plugin_config      = lookup(local.sharing, platform.gpu.sharing, null)
}
