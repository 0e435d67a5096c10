release "1.10.2" {
  component "volcano-vgpu" {
    version = "1.12.0"
    images  = { device_plugin = "docker.io/projecthami/volcano-vgpu-device-plugin:v1.12.0" }
  }
}
