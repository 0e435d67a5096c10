release "1.10.2" {
  component "network-operator" {
    version = "25.10.0"
    images = {
      operator    = "nvcr.io/nvidia/cloud-native/network-operator:v25.10.0"
      driver_init = "nvcr.io/nvidia/mellanox/network-operator-init-container:network-operator-v25.10.0"
      driver      = "nvcr.io/nvidia/mellanox/doca-driver:doca3.2.0-25.10-1.2.8.0-2-ubuntu22.04-amd64"
      rdma_plugin = "nvcr.io/nvidia/mellanox/k8s-rdma-shared-dev-plugin:network-operator-v25.10.0"
      multus      = "nvcr.io/nvidia/mellanox/multus-cni:network-operator-v25.10.0"
      cni_plugins = "nvcr.io/nvidia/mellanox/plugins:network-operator-v25.10.0"
      ipam        = "nvcr.io/nvidia/mellanox/nvidia-k8s-ipam:network-operator-v25.10.0"
      ipoib       = "nvcr.io/nvidia/mellanox/ipoib-cni:network-operator-v25.10.0"
    }
  }
}
