component {
  title       = "Notebooks"
  description = "The web application where users make and open notebooks (Jupyter, VS Code, RStudio)."
  replicated  = ["jupyter-web-app-deployment"]
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway", "notebook-controller", "poddefaults"]
  editions    = ["mini", "enterprise"]
  roles       = ["notebooks"]
}

menu "Notebooks" {
  order = 10
  link  = "/jupyter/"
  icon  = "book"
}
menu "Create a new Notebook" {
  place       = "quick"
  order       = 10
  link        = "/jupyter/new"
  description = "Kubeflow Notebooks"
}
menu "Kubeflow Notebooks Documentation" {
  place       = "documentation"
  order       = 30
  link        = "https://www.kubeflow.org/docs/components/notebooks/"
  description = "Documentation for Kubeflow Notebooks"
}

variable "custom_images" {
  description = "Whether users may type the name of an image that is not in the list."
  type        = bool
  default     = true
}
variable "cpu" {
  description = "Processors a new notebook asks for, as in a pod's requests."
  type        = string
  default     = "0.5"
}
variable "memory" {
  description = "Memory a new notebook asks for, as in a pod's requests."
  type        = string
  default     = "1.0Gi"
}
variable "limit_factor" {
  description = "Limits are the requests times this number; \"none\" sets no limits."
  type        = string
  default     = "1.2"
}
variable "workspace_size" {
  description = "Size of the home volume a new notebook gets."
  type        = string
  default     = "5Gi"
}
variable "gpu_vendors" {
  description = "The devices that can be chosen, instead of the list that follows the platform's GPU sharing: [{ limitsKey, uiName }]."
  type        = list(object({ limitsKey = string, uiName = string }))
  default     = []
}
variable "mig_profiles" {
  description = "The slices that can be chosen when GPUs are shared by MIG; the names depend on the GPU model."
  type        = list(string)
  default     = ["1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"]
}
variable "configurations" {
  description = "Labels of PodDefaults that are ticked in the form from the start."
  type        = list(string)
  default     = []
}

locals {
  # The platform's own images stand before the release's; the first of a list is the one chosen from the start.
  jupyter_images = concat([for own in platform.notebook_images : own.name if own.kind == "jupyter"], compact([
    image.jupyter_scipy,
    image.jupyter_pytorch,
    image.jupyter_pytorch_cuda,
    try(image.jupyter_pytorch_gaudi, ""),
    image.jupyter_tensorflow,
    image.jupyter_tensorflow_cuda,
  ]))
  vscode_images  = concat([for own in platform.notebook_images : own.name if own.kind == "vscode"], [image.codeserver])
  rstudio_images = concat([for own in platform.notebook_images : own.name if own.kind == "rstudio"], [image.rstudio])

  # Under which resource names GPUs are asked for, by the way they are shared. Time slices and MPS shares keep the name.
  nvidia = {
    none         = [{ limitsKey = "nvidia.com/gpu", uiName = "NVIDIA" }]
    time_slicing = [{ limitsKey = "nvidia.com/gpu", uiName = "NVIDIA (time slice)" }]
    mps          = [{ limitsKey = "nvidia.com/gpu", uiName = "NVIDIA (MPS share)" }]
    mig = concat(
      [{ limitsKey = "nvidia.com/gpu", uiName = "NVIDIA" }],
      [for profile in var.mig_profiles : { limitsKey = "nvidia.com/mig-${profile}", uiName = "NVIDIA MIG ${profile}" }],
    )
    vgpu = [{ limitsKey = "volcano.sh/vgpu-number", uiName = "NVIDIA (vGPU)" }]
  }
  gpu_vendors = length(var.gpu_vendors) > 0 ? var.gpu_vendors : concat(local.nvidia[contains(enabled, "volcano-vgpu") ? "vgpu" : platform.gpu.sharing], [
    { limitsKey = "amd.com/gpu", uiName = "AMD" },
    { limitsKey = "habana.ai/gaudi", uiName = "Intel Gaudi" },
  ])
  # GPU nodes are usually tainted; without this choice no notebook could run on them.
  toleration_groups = [for name in enabled : {
    groupKey    = "gpu"
    displayName = "GPU nodes (taint nvidia.com/gpu)"
    tolerations = [{ key = "nvidia.com/gpu", operator = "Exists", effect = "NoSchedule" }]
  } if name == "gpu-operator"]
}
