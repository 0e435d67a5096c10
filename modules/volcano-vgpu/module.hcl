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
  editions = ["mini", "enterprise"]
  when     = platform.gpu.sharing == "vgpu"
}

variable "default_shares" {
  description = "Into how many shares a GPU is cut where the platform's gpu block does not say."
  type        = number
  default     = 10
}

locals {
  shares = platform.gpu.replicas > 1 ? platform.gpu.replicas : var.default_shares

  # How GPUs of a model may be cut into slices (MIG): for each way the slices, how many of each, and their memory in MiB.
  slices = [
    { models = ["A30"], ways = [
      [{ name = "1g.6gb", memory = 6144, count = 4 }],
      [{ name = "2g.12gb", memory = 12288, count = 2 }],
      [{ name = "4g.24gb", memory = 24576, count = 1 }],
    ] },
    { models = ["A100-SXM4-40GB", "A100-40GB-PCIe", "A100-PCIE-40GB", "A100-SXM4-40GB"], ways = [
      [{ name = "1g.5gb", memory = 5120, count = 7 }],
      [{ name = "2g.10gb", memory = 10240, count = 3 }, { name = "1g.5gb", memory = 5120, count = 1 }],
      [{ name = "3g.20gb", memory = 20480, count = 2 }],
      [{ name = "7g.40gb", memory = 40960, count = 1 }],
    ] },
    { models = ["A100-SXM4-80GB", "A100-80GB-PCIe", "A100-PCIE-80GB"], ways = [
      [{ name = "1g.10gb", memory = 9728, count = 7 }],
      [{ name = "2g.20gb", memory = 19968, count = 3 }, { name = "1g.10gb", memory = 9728, count = 1 }],
      [{ name = "3g.40gb", memory = 40192, count = 2 }],
      [{ name = "7g.80gb", memory = 80896, count = 1 }],
    ] },
  ]
}
