release "1.9.1" {
  component "network-operator" {
    version = "24.10.1"
    images = {
      operator    = "nvcr.io/nvidia/cloud-native/network-operator:v24.10.1"
      driver_init = "ghcr.io/mellanox/network-operator-init-container:v0.0.2"
      # What the operator runs on the nodes. The driver's image is the one for nodes with Ubuntu 22.04.
      driver      = "nvcr.io/nvidia/mellanox/doca-driver:24.10-0.7.0.0-0-ubuntu22.04-amd64"
      rdma_plugin = "ghcr.io/mellanox/k8s-rdma-shared-dev-plugin:v1.5.2"
      multus      = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.0"
      cni_plugins = "ghcr.io/k8snetworkplumbingwg/plugins:v1.5.0"
      ipam        = "ghcr.io/k8snetworkplumbingwg/whereabouts:v0.7.0"
      ipoib       = "ghcr.io/mellanox/ipoib-cni:v1.2.0"
    }
  }
}
