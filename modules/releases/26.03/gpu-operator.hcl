release "26.03" {
  component "gpu-operator" {
    version = "26.3.3"
    images = {
      operator         = "nvcr.io/nvidia/gpu-operator:v26.3.3"
      validator        = "nvcr.io/nvidia/gpu-operator:v26.3.3"
      driver_cuda_12_2 = "nvcr.io/nvidia/driver:535.309.01-ubuntu22.04"
      driver_cuda_12_4 = "nvcr.io/nvidia/driver:570.211.01-ubuntu22.04" # 550 is not supported any more
      driver_cuda_12_8 = "nvcr.io/nvidia/driver:570.211.01-ubuntu22.04"
      driver_cuda_13_0 = "nvcr.io/nvidia/driver:580.126.20-ubuntu22.04"
      driver_manager   = "nvcr.io/nvidia/cloud-native/k8s-driver-manager:v0.11.0"
      toolkit          = "nvcr.io/nvidia/k8s/container-toolkit:v1.19.1"
      device_plugin    = "nvcr.io/nvidia/k8s-device-plugin:v0.19.3"
      mig_manager      = "nvcr.io/nvidia/cloud-native/k8s-mig-manager:v0.14.2"
      dcgm_exporter    = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"
      gdrcopy          = "nvcr.io/nvidia/cloud-native/gdrdrv:v2.5.2-ubuntu22.04"
      cuda             = null
    }
  }
}
