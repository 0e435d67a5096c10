release "1.9.1" {
  component "gpu-operator" {
    version = "24.9.2"
    images = {
      operator         = "nvcr.io/nvidia/gpu-operator:v24.9.2"
      validator        = "nvcr.io/nvidia/cloud-native/gpu-operator-validator:v24.9.2"
      # One driver for each choice of CUDA, for nodes with Ubuntu 22.04; the operator appends the system of other nodes.
      driver_cuda_12_2 = "nvcr.io/nvidia/driver:535.230.02-ubuntu22.04"
      driver_cuda_12_4 = "nvcr.io/nvidia/driver:550.144.03-ubuntu22.04"
      driver_cuda_12_8 = "nvcr.io/nvidia/driver:570.86.15-ubuntu22.04"
      driver_manager   = "nvcr.io/nvidia/cloud-native/k8s-driver-manager:v0.7.0"
      toolkit          = "nvcr.io/nvidia/k8s/container-toolkit:v1.17.4-ubuntu20.04"
      device_plugin    = "nvcr.io/nvidia/k8s-device-plugin:v0.17.0"
      mig_manager      = "nvcr.io/nvidia/cloud-native/k8s-mig-manager:v0.10.0-ubuntu20.04"
      dcgm_exporter    = "nvcr.io/nvidia/k8s/dcgm-exporter:3.3.9-3.6.1-ubuntu22.04"
      gdrcopy          = "nvcr.io/nvidia/cloud-native/gdrdrv:v2.4.1-2-ubuntu22.04"
      cuda             = "nvcr.io/nvidia/cuda:12.6.3-base-ubi9"
    }
  }
}
