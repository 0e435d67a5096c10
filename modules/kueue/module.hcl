component {
  title       = "Kueue"
  description = "Queues for jobs of the cluster's own scheduler: a job waits suspended until its queue has room for all of it. Where it is the platform's scheduler, `queue` blocks are its ClusterQueues and Cohorts; else they are Volcano's, and its own objects are yours to make."
  replicated  = ["kueue-controller-manager"]
  namespace   = "kueue-system"
  requires    = ["cert-manager", "kubeflow"]
  editions    = ["mini", "enterprise"]
  when        = platform.scheduler.name == "kueue"
  roles       = platform.scheduler.name == "kueue" ? ["queues"] : []
}

variable "frameworks" {
  description = "Kinds of jobs that it looks after, as Kueue names them; those whose kind is not installed do no harm. Empty takes all it knows."
  type        = list(string)
  default     = []
}
variable "manage_all" {
  description = "Whether jobs that name no queue wait too, until somebody gives them one."
  type        = bool
  default     = false
}
variable "counted" {
  description = "Resources that queues of the platform let through without a limit where they say none: a job that asks for another is never admitted."
  type        = list(string)
  default     = ["cpu", "memory", "ephemeral-storage", "nvidia.com/gpu"]
}
variable "log_level" {
  description = "0 (little) to 6 (everything)."
  type        = number
  default     = 2
}
variable "memory" {
  description = "Memory of the controller; thousands of waiting jobs need more."
  type        = string
  default     = "512Mi"
}

locals {
  # The Cohort that queues without a parent share.
  cohort = platform.name
  # More of a resource than any cluster has.
  unlimited = "1P"
  queues = [for queue in queues : merge(queue, {
    cohort = queue.parent != "" ? queue.parent : local.cohort
    names  = distinct(concat(keys(queue.capability), keys(queue.deserved), keys(queue.guarantee), queue.is_parent ? [] : var.counted))
  })]
  is_fair = length([for queue in queues : queue if queue.weight != 1]) > 0

  known = concat(
    [
      "batch/job", "kubeflow.org/mpijob", "ray.io/rayjob", "ray.io/raycluster", "jobset.x-k8s.io/jobset", "kubeflow.org/paddlejob",
      "kubeflow.org/pytorchjob", "kubeflow.org/tfjob", "kubeflow.org/xgboostjob", "kubeflow.org/jaxjob",
      "workload.codeflare.dev/appwrapper", "trainer.kubeflow.org/trainjob", "pod", "deployment", "statefulset",
      "leaderworkerset.x-k8s.io/leaderworkerset",
    ],
    local.later ? ["ray.io/rayservice"] : [],
  )
  frameworks = length(var.frameworks) > 0 ? var.frameworks : local.known
  later      = tonumber(split(".", component.version)[1]) >= 17

  # Kinds of jobs: what people may do with them is theirs, and Kueue suspends them when they are made.
  jobs = concat(
    [for kind in ["jaxjob", "paddlejob", "pytorchjob", "tfjob", "xgboostjob"] : { kind = kind, group = "kubeflow.org", version = "v1" }],
    [
      { kind = "job", group = "batch", version = "v1" },
      { kind = "jobset", group = "jobset.x-k8s.io", version = "v1alpha2" },
      { kind = "leaderworkerset", group = "leaderworkerset.x-k8s.io", version = "v1" },
      { kind = "mpijob", group = "kubeflow.org", version = "v2beta1" },
      { kind = "raycluster", group = "ray.io", version = "v1" },
      { kind = "rayjob", group = "ray.io", version = "v1" },
      { kind = "trainjob", group = "trainer.kubeflow.org", version = "v1alpha1" },
    ],
    local.later ? [
      { kind = "rayservice", group = "ray.io", version = "v1" },
      { kind = "sparkapplication", group = "sparkoperator.k8s.io", version = "v1beta2" },
    ] : [],
  )
  # Its own kinds, and who sees them beside administrators.
  own = [
    { kind = "clusterqueue", plural = "clusterqueues", status = true, seen = false },
    { kind = "cohort", plural = "cohorts", status = false, seen = false },
    { kind = "localqueue", plural = "localqueues", status = true, seen = true },
    { kind = "resourceflavor", plural = "resourceflavors", status = false, seen = false },
    { kind = "topology", plural = "topologies", status = false, seen = false },
    { kind = "workload", plural = "workloads", status = true, seen = true },
  ]
  # What its webhooks look at. `shared`: kinds that anybody's programs are made of, looked at only where a queue is named.
  webhooks = concat(
    [
      { kind = "pod", group = "", version = "v1", shared = true },
      { kind = "deployment", group = "apps", version = "v1", shared = true },
      { kind = "statefulset", group = "apps", version = "v1", shared = true },
      { kind = "appwrapper", group = "workload.codeflare.dev", version = "v1beta2", shared = false },
    ],
    [for kind in ["clusterqueue", "cohort", "resourceflavor", "workload"] : { kind = kind, group = "kueue.x-k8s.io", version = "v1beta2", shared = false }],
    [for job in local.jobs : merge(job, { shared = false })],
  )
}
