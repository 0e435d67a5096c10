component {
  title       = "HAMi"
  description = "Shares NVIDIA GPUs by memory and cores among pods of the cluster's own scheduler: nvidia.com/gpu, gpumem, gpumem-percentage and gpucores. Pods of Volcano cannot have these; for them there is gpu { sharing = \"vgpu\" }."
  replicated  = ["hami-scheduler"]
  namespace   = "kube-system"
  requires    = ["cert-manager"]
  # The operator prepares the nodes; its own device plugin stays off beside this one.
  after = ["gpu-operator"]
  conflicts = merge(
    { volcano-vgpu = "each brings a device plugin for the same GPUs. Leave gpu.sharing out, or take only Volcano's." },
    contains(["time_slicing", "mps", "mig"], platform.gpu.sharing) ? {
      gpu-operator = "each would share the same GPUs. Leave gpu.sharing out: HAMi shares them."
    } : {},
  )
  editions = []
}

variable "default_shares" {
  description = "Into how many shares a GPU is cut where the platform's gpu block does not say."
  type        = number
  default     = 10
}
variable "memory_scaling" {
  description = "How much of a GPU's memory is given out: above 1 lets containers ask for more than there is."
  type        = number
  default     = 1
}
variable "node_policy" {
  description = "binpack fills a node before the next one is taken, spread goes to the emptiest."
  type        = string
  default     = "binpack"

  validation {
    condition     = contains(["binpack", "spread"], var.node_policy)
    error_message = "The policy is binpack or spread."
  }
}
variable "gpu_policy" {
  description = "The same for the GPUs of a node."
  type        = string
  default     = "spread"

  validation {
    condition     = contains(["binpack", "spread"], var.gpu_policy)
    error_message = "The policy is binpack or spread."
  }
}
variable "node_labels" {
  description = "Labels of the nodes whose GPUs are shared; empty takes those that the GPU operator labels, or gpu: \"on\" without it."
  type        = map(string)
  default     = {}
}
variable "node_ports" {
  description = "Whether the scheduler and its measurements (31998, 31993) and those of the nodes (31992) are opened on every node; they ask nobody who they are."
  type        = bool
  default     = false
}

locals {
  shares   = platform.gpu.replicas > 1 ? platform.gpu.replicas : var.default_shares
  operator = contains(enabled, "gpu-operator")
  nodes    = length(var.node_labels) > 0 ? var.node_labels : local.operator ? { "nvidia.com/gpu.present" = "true" } : { gpu = "on" }
  # What containers ask for; Kubernetes itself does not count these.
  resources = ["nvidia.com/gpu", "nvidia.com/gpumem", "nvidia.com/gpucores", "nvidia.com/gpumem-percentage", "nvidia.com/priority"]
  # Into which slices GPUs of a model may be cut (MIG).
  slices = [
    { models = ["A30"], profiles = ["1g.6gb", "2g.12gb", "4g.24gb"] },
    { models = ["A100-SXM4-40GB", "A100-40GB-PCIe", "A100-PCIE-40GB"], profiles = ["1g.5gb", "2g.10gb", "3g.20gb", "7g.40gb"] },
    { models = ["A100-SXM4-80GB", "A100-80GB-PCIe", "A100-PCIE-80GB"], profiles = ["1g.10gb", "2g.20gb", "3g.40gb", "7g.79gb"] },
    { models = ["H100-PCIE-80GB", "H100-SXM5-80GB"], profiles = ["1g.10gb", "2g.20gb", "3g.40gb", "7g.80gb"] },
    { models = ["H100-PCIE-94GB", "H100-SXM5-94GB"], profiles = ["1g.12gb", "2g.24gb", "3g.47gb", "7g.94gb"] },
    { models = ["H20", "H100 on GH200"], profiles = ["1g.12gb", "2g.24gb", "3g.48gb", "7g.96gb"] },
    { models = ["H200 NVL", "H200-SXM5"], profiles = ["1g.18gb", "2g.35gb", "3g.71gb", "7g.141gb"] },
    { models = ["B200"], profiles = ["1g.23gb", "2g.45gb", "3g.90gb", "7g.180gb"] },
    { models = ["RTX PRO 6000 Blackwell Server Edition"], profiles = ["1g.24gb", "2g.48gb", "4g.96gb"] },
  ]
}
