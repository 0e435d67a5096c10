component {
  title       = "Volcano vGPU"
  description = "Device plugin that shares NVIDIA GPUs by memory and cores: volcano.sh/vgpu-number, vgpu-memory and vgpu-cores."
  namespace   = "kube-system"
  requires    = ["volcano"]
  after       = ["gpu-operator"]
  # With sharing = "vgpu" the operator leaves its device plugin out.
  conflicts = platform.gpu.sharing == "vgpu" ? {} : {
    gpu-operator = "each brings a device plugin for the same GPUs. Write gpu { sharing = \"vgpu\" }, which switches the operator's off."
  }
  editions    = ["mini", "enterprise"]
  when        = platform.gpu.sharing == "vgpu"
}

variable "default_shares" {
  description = "Into how many shares a GPU is cut where the platform's gpu block does not say."
  type        = number
  default     = 10
}

locals {
  shares = platform.gpu.replicas > 1 ? platform.gpu.replicas : input.default_shares
}
