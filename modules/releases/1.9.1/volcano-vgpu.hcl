release "1.9.1" {
  component "volcano-vgpu" {
    version = "1.9.4"
    images = {
      device_plugin = "docker.io/projecthami/volcano-vgpu-device-plugin:v1.9.4"
    }
  }
}
