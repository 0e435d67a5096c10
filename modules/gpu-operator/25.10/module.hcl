component {
  title       = "GPU operator"
  description = "Prepares nodes with NVIDIA GPUs: driver, container runtime, device plugin, sharing and metrics."
  replicated  = ["gpu-operator"]
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
  description = "Newest CUDA version that containers may use; it decides the driver: 12.2 (driver 535), 12.4 (550, or a newer one where that is not supported any more), 12.8 (570), 13.0 (580)."
  type        = string
  default     = "13.0"

  validation {
    condition     = contains(["12.2", "12.4", "12.8", "13.0"], var.cuda)
    error_message = "The CUDA version is one of 12.2, 12.4, 12.8 and 13.0."
  }
}
variable "open_kernel_modules" {
  description = "Whether the driver's open kernel modules are used whatever the GPU; false leaves it to the driver, which takes them where it can."
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
variable "mig_config" {
  description = "With sharing = \"mig\": how the GPUs of all nodes are cut, as all-balanced or all-1g.5gb. Empty leaves it to the label nvidia.com/mig.config that each node is given by hand."
  type        = string
  default     = ""
}

variable "default_shares" {
  description = "Into how many shares a GPU is cut by time slicing or MPS where the platform's gpu block does not say. The device plugin refuses fewer than 2."
  type        = number
  default     = 4

  validation {
    condition     = var.default_shares >= 2 && floor(var.default_shares) == var.default_shares
    error_message = "A GPU is shared by 2 or more: give a whole number from 2."
  }
}

locals {
  # The driver's tag without the node's system, which the operator appends.
  images = merge(image, {
    driver  = replace(image["driver_cuda_${replace(var.cuda, ".", "_")}"], "-ubuntu22.04", "")
    gdrcopy = replace(image.gdrcopy, "-ubuntu22.04", "")
  })
  # The operator wants the parts of an image apart.
  parts = merge({ cuda = null }, { for key, reference in local.images : key => {
    repository = regex("^(.+)/[^/]+$", reference)[0]
    image      = regex("/([^/:@]+)[:@][^/]+$", reference)[0]
    version    = regex("[:@]([^/@]+)$", reference)[0]
  } })

  shares = platform.gpu.replicas > 1 ? platform.gpu.replicas : var.default_shares
  # What the device plugin tells Kubernetes of a GPU that is shared by time or by MPS.
  shared = { resources = [{ name = "nvidia.com/gpu", replicas = local.shares }] }
  sharing = {
    time_slicing = { version = "v1", flags = { migStrategy = "none" }, sharing = { timeSlicing = local.shared } }
    mps          = { version = "v1", flags = { migStrategy = "none" }, sharing = { mps = local.shared } }
  }
  # Nobody watches the ConfigMap; another name makes the operator roll the device plugin.
  plugin_config_name = "${replace(platform.gpu.sharing, "_", "-")}-${local.shares}"
  plugin_config      = lookup(local.sharing, platform.gpu.sharing, null)
}
