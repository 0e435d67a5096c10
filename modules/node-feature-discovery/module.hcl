component {
  title       = "Node feature discovery"
  description = "Labels nodes with the hardware they have; the GPU and network operators select nodes by it."
  # Upstream ships it inside each operator. There can be one only, for its kinds and labels are the cluster's: it stands in
  # the place of the GPU operator's where that one is enabled, else of the network operator's.
  namespace = contains(enabled, "gpu-operator") ? "gpu-operator" : "nvidia-network-operator"
  editions  = []
  alone = {
    ("${local.owner}-node-feature-discovery-master") = "labels of nodes stay as they are while it is away"
    ("${local.owner}-node-feature-discovery-gc")     = "it only tidies up"
  }
}

locals {
  owner = contains(enabled, "gpu-operator") ? "gpu-operator" : "network-operator"
}
