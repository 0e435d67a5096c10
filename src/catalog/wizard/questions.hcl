# What `init` asks, in this order. A question that says what it writes takes documentation, type, choices, limits and
# rules from that argument's schema, but for documentation of its own; it is asked where the chosen provider knows the
# argument.

section "platform" {
  title = "Edition and version"

  question "edition" {
    title   = "Edition"
    writes  = "platform.edition"
    default = "mini"
  }
  question "version" {
    title  = "Version"
    writes = "platform.version"
    offers = "releases"
  }
}

section "cluster" {
  title = "Cluster"

  question "provider" {
    title         = "Where"
    writes        = "cluster.provider"
    offers        = "providers"
    default       = "sandbox"
    documentation = "A cluster that exists, one that a cloud makes, or the sandbox to try it out."
  }
  question "kubeconfig" {
    title  = "Kubeconfig"
    writes = "provider.kubeconfig"
    asked  = "never"
  }
  question "context" {
    title  = "Context"
    writes = "provider.context"
    offers = "contexts"
  }
  question "nodes" {
    title  = "Nodes"
    writes = "provider.nodes"
    asked  = "never"
  }
  question "region" {
    title  = "Region"
    writes = "provider.region"
  }
  question "auth_url" {
    title  = "Address of the cloud"
    writes = "provider.auth_url"
    asked  = "never"
  }
  question "cluster_name" {
    title  = "Cluster name"
    writes = "cluster.name"
    asked  = "required"
  }
  question "kubernetes_version" {
    title  = "Kubernetes"
    writes = "cluster.kubernetes_version"
    offers = "kubernetes_versions"
    asked  = "required"
  }
  question "vpc" {
    title  = "VPC"
    writes = "cluster.network.vpc"
    offers = "vpc"
  }
  question "subnet" {
    title  = "Subnet"
    writes = "cluster.network.subnet"
    offers = "subnet"
  }
  question "security_groups" {
    title    = "Security groups"
    writes   = "cluster.network.security_groups"
    offers   = "security_group"
    required = true
  }
  question "file_storage" {
    title  = "File storage"
    writes = "cluster.file_storage"
    offers = "file_storage"
  }
  question "public_endpoint_access_allow" {
    title  = "Access from outside"
    writes = "cluster.public_endpoint_access_allow"
  }
}

section "node_pools" {
  title   = "Node pools"
  each    = "node_pool"
  default = "cpu"

  question "server_type" {
    title  = "Server type"
    writes = "node_pool.server_type"
    offers = "server_type"
  }
  question "os" {
    title    = "Operating system"
    writes   = "node_pool.os"
    offers   = "os"
    default  = "ubuntu"
    required = true
  }
  question "os_version" {
    title    = "Its version"
    writes   = "node_pool.os_version"
    offers   = "os_version"
    required = true
  }
  question "keypair" {
    title    = "Key pair"
    writes   = "node_pool.keypair"
    required = true
  }
  question "gpu_driver" {
    title  = "GPU driver"
    writes = "node_pool.gpu_driver"
    asked  = "never"
  }
  question "autoscaling" {
    title   = "Autoscaling"
    writes  = "node_pool.autoscaling"
    default = "no"
  }
  question "node_count" {
    title    = "Nodes"
    writes   = "node_pool.node_count"
    when     = { autoscaling = "no" }
    default  = "3"
    required = true
  }
  question "min" {
    title   = "Fewest nodes"
    writes  = "node_pool.autoscaling.min"
    when    = { autoscaling = "yes" }
    default = "3"
  }
  question "max" {
    title   = "Most nodes"
    writes  = "node_pool.autoscaling.max"
    when    = { autoscaling = "yes" }
    default = "6"
  }
  question "disk" {
    title  = "Disk"
    writes = "node_pool.block_storage.type"
  }
  question "disk_gb" {
    title   = "Disk size in GB"
    writes  = "node_pool.block_storage.size_gb"
    default = "200"
  }
}

section "service" {
  title = "Service"

  question "installation" {
    title  = "Installation"
    writes = "stackwright.installation"
    offers = "directory"
  }
  question "name" {
    title   = "Platform name"
    writes  = "platform.name"
    default = "ml"
  }
  question "admin_email" {
    title       = "Administrator's e-mail"
    writes      = "platform.admin.email"
    default     = "admin@example.com"
    default_for = ["sandbox"]
  }
  question "admin_login" {
    title         = "Administrator's password"
    type          = "string"
    choices       = ["generated", "variable", "hash"]
    default       = "generated"
    documentation = "`generated`: made once and kept in the cluster. `variable`: given to each run, and kept nowhere. `hash`: typed now; only its bcrypt hash is written, into a file that version control ignores."
  }
  question "admin_hash" {
    title    = "Administrator's password"
    writes   = "platform.admin.hash"
    when     = { admin_login = "hash" }
    required = true
  }
  question "endpoint" {
    title  = "Endpoint"
    writes = "platform.endpoint.type"
  }
  question "port" {
    title  = "Port"
    writes = "platform.endpoint.port"
    asked  = "never"
  }
  question "host" {
    title  = "Domain or address"
    writes = "platform.endpoint.host"
  }
  question "tls" {
    title  = "TLS"
    writes = "platform.endpoint.tls"
  }
  question "storage_class" {
    title  = "Storage class"
    writes = "platform.storage_class"
    offers = "storage_classes"
    asked  = "offered"
  }
  question "mirror" {
    title  = "Registry"
    writes = "platform.registry.mirror"
    asked  = "never"
  }
  question "tags" {
    title  = "Tags"
    writes = "platform.tags"
  }
}

section "users" {
  title = "People"
  each  = "user"

  question "email" {
    title  = "E-mail"
    writes = "user.email"
  }
  question "login" {
    title         = "Password"
    type          = "string"
    choices       = ["variable", "hash"]
    default       = "variable"
    documentation = "`variable`: given to each run, and kept nowhere. `hash`: typed now; only its bcrypt hash is written, into a file that version control ignores."
  }
  question "hash" {
    title    = "Password"
    writes   = "user.hash"
    when     = { login = "hash" }
    required = true
  }
  question "user_id" {
    title  = "Id"
    writes = "user.user_id"
    asked  = "never"
  }
  question "namespace" {
    title   = "A namespace of their own"
    writes  = "user.profile"
    default = "yes"
  }
  question "quota" {
    title  = "Quota"
    writes = "user.profile.quota"
    when   = { namespace = "yes" }
  }
}

section "profiles" {
  title = "Projects"
  each  = "profile"
  asked = "never"

  question "owner" {
    title  = "Owner"
    writes = "profile.owner"
  }
  question "contributors" {
    title  = "Contributors"
    writes = "profile.contributors"
  }
  question "quota" {
    title  = "Quota"
    writes = "profile.quota"
  }
}

section "components" {
  title = "Components"
  each  = "platform.component"
  asked = "never"

  question "enabled" {
    title  = "Enabled"
    writes = "platform.component.enabled"
  }
}
