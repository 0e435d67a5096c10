component {
  title       = "Volcano"
  description = "Batch scheduler: starts the pods of a job together or not at all, shares the cluster among queues."
  replicated  = ["volcano-admission", "volcano-controllers", "volcano-scheduler"]
  namespace   = "volcano-system"
  requires    = ["cert-manager"]
  editions    = ["mini", "enterprise"]
  when        = platform.scheduler.name == "volcano"
  roles       = platform.scheduler.name == "kueue" ? [] : ["queues"]
}

variable "preemption" {
  description = "Whether jobs of higher priority may take the place of running ones in their queue."
  type        = bool
  default     = false
}
variable "reclaim" {
  description = "Whether a queue may take back its share from queues that use more than theirs."
  type        = bool
  default     = false
}
variable "binpack_resources" {
  description = "How much each resource counts when pods are packed onto few nodes."
  type        = map(number)
  default     = { cpu = 1, memory = 1, "nvidia.com/gpu" = 10 }
}
variable "resource_groups" {
  description = "Pods that admission gives a scheduler, node labels or tolerations, as in resourceGroups of Volcano's admission configuration."
  type        = any
  default     = []
}
variable "log_level" {
  description = "0 (errors) to 5 (everything)."
  type        = number
  default     = 3

  validation {
    condition     = var.log_level >= 0 && var.log_level <= 5
    error_message = "The log level is a number from 0 to 5."
  }
}

locals {
  # Volcano has two ways to share the cluster among queues: by their weights, or by what each says that it is to have.
  by_share   = length([for queue in queues : queue if queue.parent != "" || length(queue.deserved) > 0 || length(queue.guarantee) > 0]) > 0
  is_nested  = length([for queue in queues : queue if queue.parent != ""]) > 0
  takes_back = var.reclaim || length([for queue in queues : queue if length(queue.deserved) > 0]) > 0

  # Without a choice, what Volcano does on its own. There is no plugin for first in, first out: jobs that no plugin puts in
  # order are taken by age, so "fifo" is what remains when neither priorities nor fair shares are asked for.
  policies = length(platform.scheduler.policies) > 0 ? platform.scheduler.policies : ["gang", "priority", "drf", "binpack"]

  actions = join(", ", concat(
    ["enqueue", "allocate"],
    var.preemption ? ["preempt"] : [],
    local.takes_back ? ["reclaim"] : [],
    ["backfill"],
  ))
  packs = contains(local.policies, "binpack")
  binpack = merge(
    {
      "binpack.weight"    = 10
      "binpack.cpu"       = try(var.binpack_resources.cpu, 0)
      "binpack.memory"    = try(var.binpack_resources.memory, 0)
      "binpack.resources" = join(", ", [for name in keys(var.binpack_resources) : name if !contains(["cpu", "memory"], name)])
    },
    { for name, weight in var.binpack_resources : "binpack.resources.${name}" => weight if !contains(["cpu", "memory"], name) },
  )

  # The tiers are asked in their order; a later one only decides what an earlier one leaves open.
  tiers = [
    { plugins = [for row in [
      { on = contains(local.policies, "priority"), plugin = { name = "priority" } },
      { on = contains(local.policies, "gang"), plugin = { name = "gang", enablePreemptable = false } },
      { on = true, plugin = { name = "conformance" } },
    ] : row.plugin if row.on] },
    { plugins = [for row in [
      { on = true, plugin = { name = "overcommit" } },
      { on = contains(local.policies, "drf"), plugin = { name = "drf", enablePreemptable = false } },
      { on = contains(enabled, "volcano-vgpu"), plugin = { name = "deviceshare", arguments = { "deviceshare.VGPUEnable" = true } } },
      { on = true, plugin = { name = "predicates" } },
      # Queues share by weight up to their capability, as the `queue` blocks say it.
      { on = !local.by_share, plugin = { name = "proportion" } },
      { on = local.by_share && !local.is_nested, plugin = { name = "capacity" } },
      { on = local.is_nested, plugin = { name = "capacity", enableHierarchy = true } },
      # Spreading pods by free resources would work against packing them.
      { on = !local.packs, plugin = { name = "nodeorder" } },
      { on = local.packs, plugin = { name = "nodeorder", arguments = { "leastrequested.weight" = 0, "balancedresource.weight" = 0 } } },
      { on = local.packs, plugin = { name = "binpack", arguments = local.binpack } },
    ] : row.plugin if row.on] },
  ]
}
