component {
  title       = "Network operator"
  description = "Prepares nodes with NVIDIA (Mellanox) network adapters for RDMA: driver, device plugin, second networks."
  replicated  = ["network-operator"]
  namespace   = "nvidia-network-operator"
  requires    = ["node-feature-discovery"]
  editions    = ["mini", "enterprise"]
  when        = platform.gpu.rdma
}

variable "driver" {
  description = "Whether the operator installs the RDMA driver (DOCA); false where the nodes' image has one."
  type        = bool
  default     = true
}
variable "rdma_devices" {
  description = "How many pods of a node may share its adapters; a pod asks for one of rdma/rdma_shared_device_a."
  type        = number
  default     = 63
}
variable "rdma_interfaces" {
  description = "Names of the network interfaces that are shared; empty takes all adapters of the vendor."
  type        = list(string)
  default     = []
}
variable "secondary_networks" {
  description = "Whether Multus and the CNI plugins are installed, so that pods can have a second interface (MacvlanNetwork, HostDeviceNetwork, IPoIBNetwork)."
  type        = bool
  default     = false
}

locals {
  # The operator wants the parts of an image apart, and the driver's tag without the node's system, which it appends.
  parts = { for key, reference in merge(image, { driver = replace(image.driver, "-ubuntu22.04-amd64", "") }) : key => {
    repository = regex("^(.+)/[^/]+$", reference)[0]
    image      = regex("/([^/:@]+)[:@][^/]+$", reference)[0]
    version    = regex("[:@]([^/@]+)$", reference)[0]
  } }
  shared_devices = { configList = [{
    resourceName = "rdma_shared_device_a"
    rdmaHcaMax   = var.rdma_devices
    selectors    = merge({ vendors = ["15b3"] }, length(var.rdma_interfaces) > 0 ? { ifNames = var.rdma_interfaces } : {})
  }] }
}
