release "1.9.1" {
  component "model-registry" {
    version = "0.2.9"
    images = {
      server         = "kubeflow/model-registry:v0.2.9"
      metadata_store = "gcr.io/tfx-oss-public/ml_metadata_store_server:1.14.0"
      mysql          = "mysql:8.0.3"
    }
  }
}
