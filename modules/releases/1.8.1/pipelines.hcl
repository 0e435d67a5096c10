release "1.8.1" {
  component "pipelines" {
    version = "2.0.5"
    images = {
      api_server           = "gcr.io/ml-pipeline/api-server:2.0.5"
      cache_server         = "gcr.io/ml-pipeline/cache-server:2.0.5"
      frontend             = "gcr.io/ml-pipeline/frontend:2.0.5"
      metadata_envoy       = "gcr.io/ml-pipeline/metadata-envoy:2.0.5"
      metadata_writer      = "gcr.io/ml-pipeline/metadata-writer:2.0.5"
      persistence_agent    = "gcr.io/ml-pipeline/persistenceagent:2.0.5"
      scheduled_workflow   = "gcr.io/ml-pipeline/scheduledworkflow:2.0.5"
      viewer_controller    = "gcr.io/ml-pipeline/viewer-crd-controller:2.0.5"
      visualization_server = "gcr.io/ml-pipeline/visualization-server:2.0.5"
      workflow_controller  = "quay.io/argoproj/workflow-controller:v3.3.10"
      workflow_executor    = "quay.io/argoproj/argoexec:v3.3.10"
      driver               = "gcr.io/ml-pipeline/kfp-driver@sha256:8e60086b04d92b657898a310ca9757631d58547e76bbbb8bfc376d654bef1707"
      launcher             = "gcr.io/ml-pipeline/kfp-launcher@sha256:80cf120abd125db84fa547640fd6386c4b2a26936e0c2b04a7d3634991a850a4"
    }
    architectures = {
      api_server           = "amd64"
      cache_server         = "amd64"
      frontend             = "amd64"
      metadata_envoy       = "amd64"
      metadata_writer      = "amd64"
      persistence_agent    = "amd64"
      scheduled_workflow   = "amd64"
      viewer_controller    = "amd64"
      visualization_server = "amd64"
      driver               = "amd64"
      launcher             = "amd64"
    }
    replaces = {
      workflow_controller = "gcr.io/ml-pipeline/workflow-controller:v3.3.10-license-compliance"
      workflow_executor   = "gcr.io/ml-pipeline/argoexec:v3.3.10-license-compliance"
    }
  }
}
