release "26.03.1" {
  component "pipelines" {
    version = "2.16.1"
    images = {
      api_server           = "ghcr.io/kubeflow/kfp-api-server:2.16.1"
      cache_server         = "ghcr.io/kubeflow/kfp-cache-server:2.16.1"
      frontend             = "ghcr.io/kubeflow/kfp-frontend:2.16.1"
      metadata_envoy       = "ghcr.io/kubeflow/kfp-metadata-envoy:2.16.1"
      metadata_writer      = "ghcr.io/kubeflow/kfp-metadata-writer:2.16.1"
      persistence_agent    = "ghcr.io/kubeflow/kfp-persistence-agent:2.16.1"
      scheduled_workflow   = "ghcr.io/kubeflow/kfp-scheduled-workflow-controller:2.16.1"
      viewer_controller    = "ghcr.io/kubeflow/kfp-viewer-crd-controller:2.16.1"
      visualization_server = "ghcr.io/kubeflow/kfp-visualization-server:2.16.1"
      driver               = "ghcr.io/kubeflow/kfp-driver:2.16.1"
      launcher             = "ghcr.io/kubeflow/kfp-launcher:2.16.1"
    }
    # Pipelines published for no other processor before 2.17.
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
  }
}
