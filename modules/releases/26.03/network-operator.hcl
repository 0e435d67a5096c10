release "26.03" {
  component "network-operator" {
    version = "26.4.1"
    images = {
      operator    = "nvcr.io/nvidia/cloud-native/network-operator:v26.4.1"
      driver_init = "nvcr.io/nvidia/mellanox/network-operator-init-container:network-operator-v26.4.1"
      driver      = "nvcr.io/nvidia/mellanox/doca-driver:doca3.4.1-26.04-1.1.0.0-1-ubuntu22.04-amd64"
      rdma_plugin = "nvcr.io/nvidia/mellanox/k8s-rdma-shared-dev-plugin:network-operator-v26.4.1"
      multus      = "nvcr.io/nvidia/mellanox/multus-cni:network-operator-v26.4.1"
      cni_plugins = "nvcr.io/nvidia/mellanox/plugins:network-operator-v26.4.1"
      ipam        = "nvcr.io/nvidia/mellanox/nvidia-k8s-ipam:network-operator-v26.4.1"
      ipoib       = "nvcr.io/nvidia/mellanox/ipoib-cni:network-operator-v26.4.1"
    }
  }
}
