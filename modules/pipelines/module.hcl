component {
  title       = "Kubeflow Pipelines"
  description = "Stores and runs pipelines, keeps what they make, and shows it: API server, web application, and Argo, which runs the steps as pods."
  goes_out    = ["ml-pipeline", "ml-pipeline-ui"]
  replicated  = ["ml-pipeline", "ml-pipeline-ui", "ml-pipeline-visualizationserver", "metadata-envoy-deployment", "metadata-grpc-deployment", "cache-server", "workflow-controller", "kubeflow-pipelines-profile-controller"]
  alone = {
    "ml-pipeline-persistenceagent"  = "it elects no leader as upstream starts it"
    "ml-pipeline-scheduledworkflow" = "it elects no leader as upstream starts it"
    "ml-pipeline-viewer-crd"        = "it elects no leader as upstream starts it"
    "metadata-writer"               = "two would write everything twice"
  }
  namespace   = "kubeflow"
  # The object store is another one from 2.15 on, whose program for users' namespaces runs in another image.
  requires = concat(
    ["kubeflow", "kubeflow-gateway", "cert-manager", "metacontroller"],
    var.database == null ? ["pipelines-database"] : [],
    var.object_store == null ? [can(image.python) ? "pipelines-object-store" : "seaweedfs"] : [],
  )
  editions = ["mini", "enterprise"]
}

menu "Pipelines" {
  order = 60
  icon  = "kubeflow:pipeline-centered"
  items = [
    { text = "Pipelines", link = "/pipeline/#/pipelines" },
    { text = "Experiments", link = "/pipeline/#/experiments" },
    { text = "Runs", link = "/pipeline/#/runs" },
    { text = "Recurring Runs", link = "/pipeline/#/recurringruns" },
    { text = "Artifacts", link = "/pipeline/#/artifacts" },
    { text = "Executions", link = "/pipeline/#/executions" },
  ]
}
menu "Upload a Pipeline" {
  place       = "quick"
  order       = 20
  link        = "/pipeline/#/pipelines"
  description = "Kubeflow Pipelines"
}
menu "View Pipeline Runs" {
  place       = "quick"
  order       = 30
  link        = "/pipeline/#/runs"
  description = "Pipelines"
}
menu "Kubeflow Pipelines Documentation" {
  place       = "documentation"
  order       = 20
  link        = "https://www.kubeflow.org/docs/components/pipelines/"
  description = "Documentation for Kubeflow Pipelines"
}

variable "database" {
  description = "A MySQL server of your own in place of the platform's: { host, port, secret, pipelines, metadata, cache }. The Secret lies in the namespace kubeflow and holds username and password; the last three name the databases."
  type = object({
    host      = string
    port      = optional(number, 3306)
    secret    = string
    pipelines = optional(string, "mlpipeline")
    metadata  = optional(string, "metadb")
    cache     = optional(string, "cachedb")
  })
  default = null

  validation {
    condition     = var.database == null || can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$", var.database.host))
    error_message = "The host of the database is a name or an IPv4 address alone, as mysql.corp.example. Give its port with \"port\"."
  }
  validation {
    condition     = var.database == null || can(regex("^[0-9]+$", tostring(var.database.port))) && try(var.database.port >= 1 && var.database.port <= 65535, false)
    error_message = "The port of the database is a whole number from 1 to 65535; MySQL's is 3306."
  }
  validation {
    condition     = var.database == null || can(regex("^(kubeflow/)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.database.secret))
    error_message = "The secret of the database is the name of a Secret in the namespace kubeflow, as mysql-external or kubeflow/mysql-external: pods read no Secrets of other namespaces. Copy it there, with the keys username and password."
  }
  validation {
    condition     = var.database == null || try(alltrue([for name in [var.database.pipelines, var.database.metadata, var.database.cache] : can(regex("^[A-Za-z0-9_]{1,64}$", name))]), false)
    error_message = "The name of a database has 1 to 64 letters, digits and underscores: Pipelines writes it into SQL without quotes."
  }
  validation {
    condition     = var.database == null || try(length(distinct([var.database.pipelines, var.database.metadata, var.database.cache])) == 3, true)
    error_message = "Pipelines, metadata and cache need a database each: their tables share names. Give three different ones."
  }
}
variable "object_store" {
  description = "An S3-compatible store of your own in place of the platform's: { endpoint, port, bucket, region, secure, secret }. The Secret lies in the namespace kubeflow and holds accesskey and secretkey; users' namespaces get a copy."
  type = object({
    endpoint = string
    port     = optional(number)
    bucket   = optional(string, "mlpipeline")
    region   = optional(string, "us-east-1")
    secure   = optional(bool, true)
    secret   = string
  })
  default = null

  validation {
    condition     = var.object_store == null || can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$", var.object_store.endpoint))
    error_message = "The endpoint of the object store is a host alone, as s3.corp.example. Say what else an address has with \"port\" and \"secure\" (true for https)."
  }
  validation {
    condition     = var.object_store == null || try(var.object_store.port == null, false) || can(regex("^[0-9]+$", tostring(var.object_store.port))) && try(var.object_store.port >= 1 && var.object_store.port <= 65535, false)
    error_message = "The port of the object store is a whole number from 1 to 65535. Leave it out for 443, or 80 where secure is false."
  }
  validation {
    condition     = var.object_store == null || can(regex("^[a-z0-9]([a-z0-9.-]{1,61}[a-z0-9])$", var.object_store.bucket)) && !can(regex("[.][.]|^[0-9]+([.][0-9]+){3}$", var.object_store.bucket))
    error_message = "A bucket's name has 3 to 63 of a-z, 0-9, dot and hyphen, begins and ends with a letter or digit, and is no IP address."
  }
  validation {
    condition     = var.object_store == null || can(regex("^[a-z0-9][a-z0-9-]{0,62}$", var.object_store.region))
    error_message = "The region of the object store is a name as us-east-1. Leave it out where the store has no regions: most take us-east-1."
  }
  validation {
    condition     = var.object_store == null || can(regex("^(kubeflow/)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", var.object_store.secret))
    error_message = "The secret of the object store is the name of a Secret in the namespace kubeflow, as s3-external or kubeflow/s3-external: pods read no Secrets of other namespaces. Copy it there, with the keys accesskey and secretkey."
  }
}
variable "default_pipeline_root" {
  description = "Where runs keep artifacts that name no place of their own, as s3://bucket/path; empty is the platform's object store."
  type        = string
  default     = ""
}
variable "cache_staleness" {
  description = "How old the result of an earlier run may be to be taken for a step that names no age, as P30D; empty is any age."
  type        = string
  default     = ""
}
variable "max_cache_staleness" {
  description = "How old it may be at most, whatever a step names; empty is any age."
  type        = string
  default     = ""
}
variable "time_zone" {
  description = "Time zone of the schedules of recurring runs, as Asia/Seoul."
  type        = string
  default     = "UTC"
}
variable "keep_finished_seconds" {
  description = "How long the pods of a finished run stay, and with them the logs that were not archived."
  type        = number
  default     = 86400
}
variable "artifact_servers" {
  description = "Whether artifacts are shown by a server in each user's namespace, with that namespace's keys. Earlier Pipelines than 2.15 always do that."
  type        = bool
  default     = false
}
variable "keep_artifacts_days" {
  description = "After how many days artifacts in the platform's object store are removed, from Pipelines 2.15 on; -1 keeps them."
  type        = number
  default     = -1

  validation {
    condition     = var.keep_artifacts_days == -1 || can(regex("^[1-9][0-9]{0,4}$", tostring(var.keep_artifacts_days)))
    error_message = "Artifacts are kept for a whole number of days from 1 to 99999, or with -1 for ever."
  }
}
variable "block_first_version" {
  description = "Whether pipelines of the first version are refused, from Pipelines 2.16.1 on."
  type        = bool
  default     = false
}
variable "log_level" {
  description = "debug, info, warn or error."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["debug", "info", "warn", "error"], var.log_level)
    error_message = "The log level is one of debug, info, warn and error."
  }
}

locals {
  # What is granted for a back end with Tekton, which is not installed.
  has_tekton        = can(regex("^2[.][34][.]", component.version))
  tensorboard_image = regex("^(.+):[^:/]+$", image.tensorboard)[0]

  # Where the databases are, and the Secret with who may read them.
  database = {
    host      = try(var.database.host, "mysql")
    port      = try(var.database.port, 3306)
    secret    = try(trimprefix(var.database.secret, "kubeflow/"), "mysql-secret")
    pipelines = try(var.database.pipelines, "mlpipeline")
    metadata  = try(var.database.metadata, "metadb")
    cache     = try(var.database.cache, "cachedb")
  }
  # Where the object store is. `address` is for those who want host and port in one, and leaves out the port that the
  # scheme implies: the web application takes the address of an AWS endpoint for a name.
  store_secure = try(var.object_store.secure, false)
  store_host   = try(var.object_store.endpoint, can(regex("^2[.]1[6-9][.]", component.version)) ? "seaweedfs.kubeflow" : "minio-service.kubeflow")
  store_port   = try(coalesce(var.object_store.port, local.store_secure ? 443 : 80), 9000)
  store = {
    external = var.object_store != null
    host     = local.store_host
    port     = local.store_port
    address  = local.store_port == (local.store_secure ? 443 : 80) ? local.store_host : "${local.store_host}:${local.store_port}"
    secure   = local.store_secure
    region   = try(var.object_store.region, "")
    bucket   = try(var.object_store.bucket, "mlpipeline")
    secret   = try(trimprefix(var.object_store.secret, "kubeflow/"), "mlpipeline-minio-artifact")
  }
  # Where a step's logs lie: from 2.15 on apart for each namespace, which has keys of its own.
  key_format = "${can(image.python) ? "artifacts" : "private-artifacts/{{workflow.namespace}}"}/{{workflow.name}}/{{workflow.creationTimestamp.Y}}/{{workflow.creationTimestamp.m}}/{{workflow.creationTimestamp.d}}/{{pod.name}}"
  # What is left empty, the steps of runs put into the built-in store's bucket.
  pipeline_root = var.default_pipeline_root != "" || !local.store.external ? var.default_pipeline_root : "minio://${local.store.bucket}/v2/artifacts"
  # The same store answers under both schemes. The keys are those of the copy in the namespace of the run.
  provider = {
    endpoint    = local.store.address
    region      = local.store.region
    disableSSL  = !local.store.secure
    credentials = { fromEnv = false, secretRef = { secretName = "mlpipeline-minio-artifact", accessKeyKey = "accesskey", secretKeyKey = "secretkey" } }
  }
  providers = local.store.external ? jsonencode({ minio = { default = local.provider }, s3 = { default = local.provider } }) : ""

  # Settings of the API server that came with 2.16.0 and 2.16.1.
  optional_settings = can(regex("^2[.]1[6-9][.]", component.version)) ? concat(
    [
      { name = "DEFAULT_SECURITY_CONTEXT_RUN_AS_USER", key = "defaultSecurityContextRunAsUser" },
      { name = "DEFAULT_SECURITY_CONTEXT_RUN_AS_GROUP", key = "defaultSecurityContextRunAsGroup" },
      { name = "DEFAULT_SECURITY_CONTEXT_RUN_AS_NON_ROOT", key = "defaultSecurityContextRunAsNonRoot" },
    ],
    component.version == "2.16.0" ? [] : [
      { name = "BLOCK_V1_PIPELINES", key = "BLOCK_V1_PIPELINES" },
      { name = "V1_ALLOWED_NAMESPACES", key = "V1_ALLOWED_NAMESPACES" },
    ],
  ) : []

  # Who may call what only Pipelines' own programs call.
  programs = [
    for account in [
      "ml-pipeline",
      "ml-pipeline-ui",
      "ml-pipeline-persistenceagent",
      "ml-pipeline-scheduledworkflow",
      "ml-pipeline-viewer-crd-service-account",
      "kubeflow-pipelines-cache",
    ] : "cluster.local/ns/kubeflow/sa/${account}"
  ]
}
