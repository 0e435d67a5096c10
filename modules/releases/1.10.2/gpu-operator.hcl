release "1.10.2" {
  component "gpu-operator" {
    version = "25.10.1" # for Kubernetes 1.30 and later
    images = {
      operator         = "nvcr.io/nvidia/gpu-operator:v25.10.1"
      validator        = "nvcr.io/nvidia/gpu-operator:v25.10.1"
      driver_cuda_12_2 = "nvcr.io/nvidia/driver:535.274.02-ubuntu22.04"
      driver_cuda_12_4 = "nvcr.io/nvidia/driver:550.163.01-ubuntu22.04"
      driver_cuda_12_8 = "nvcr.io/nvidia/driver:570.195.03-ubuntu22.04"
      driver_cuda_13_0 = "nvcr.io/nvidia/driver:580.105.08-ubuntu22.04"
      driver_manager   = "nvcr.io/nvidia/cloud-native/k8s-driver-manager:v0.9.1"
      toolkit          = "nvcr.io/nvidia/k8s/container-toolkit:v1.18.1"
      device_plugin    = "nvcr.io/nvidia/k8s-device-plugin:v0.18.1"
      mig_manager      = "nvcr.io/nvidia/cloud-native/k8s-mig-manager:v0.13.1"
      dcgm_exporter    = "nvcr.io/nvidia/k8s/dcgm-exporter:4.4.2-4.7.0-distroless"
      gdrcopy          = "nvcr.io/nvidia/cloud-native/gdrdrv:v2.5.1-ubuntu22.04"
      cuda             = "nvcr.io/nvidia/cuda:13.0.1-base-ubi9"
    }
  }
}
