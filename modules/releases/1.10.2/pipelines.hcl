release "1.10.2" {
  component "pipelines" {
    version = "2.5.0"
    images = {
      api_server           = "ghcr.io/kubeflow/kfp-api-server:2.5.0"
      cache_server         = "ghcr.io/kubeflow/kfp-cache-server:2.5.0"
      frontend             = "ghcr.io/kubeflow/kfp-frontend:2.5.0"
      metadata_envoy       = "ghcr.io/kubeflow/kfp-metadata-envoy:2.5.0"
      metadata_writer      = "ghcr.io/kubeflow/kfp-metadata-writer:2.5.0"
      persistence_agent    = "ghcr.io/kubeflow/kfp-persistence-agent:2.5.0"
      scheduled_workflow   = "ghcr.io/kubeflow/kfp-scheduled-workflow-controller:2.5.0"
      viewer_controller    = "ghcr.io/kubeflow/kfp-viewer-crd-controller:2.5.0"
      visualization_server = "ghcr.io/kubeflow/kfp-visualization-server:2.5.0"
      driver               = "ghcr.io/kubeflow/kfp-driver:2.5.0"
      launcher             = "ghcr.io/kubeflow/kfp-launcher:2.5.0"
      workflow_controller  = "quay.io/argoproj/workflow-controller:v3.5.14"
      workflow_executor    = "quay.io/argoproj/argoexec:v3.5.14"
      python               = "public.ecr.aws/docker/library/python:3.12"
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
    replaces = { cache = "registry.k8s.io/busybox" }
  }
  component "metacontroller" {
    version = "4.11.22"
    images  = { metacontroller = "ghcr.io/metacontroller/metacontroller:v4.11.22" }
  }
}
