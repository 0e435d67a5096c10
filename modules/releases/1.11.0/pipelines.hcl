release "1.11.0" {
  component "pipelines" {
    version = "2.15.0"
    images = {
      api_server           = "ghcr.io/kubeflow/kfp-api-server:2.15.0"
      cache_server         = "ghcr.io/kubeflow/kfp-cache-server:2.15.0"
      frontend             = "ghcr.io/kubeflow/kfp-frontend:2.15.0"
      metadata_envoy       = "ghcr.io/kubeflow/kfp-metadata-envoy:2.15.0"
      metadata_writer      = "ghcr.io/kubeflow/kfp-metadata-writer:2.15.0"
      persistence_agent    = "ghcr.io/kubeflow/kfp-persistence-agent:2.15.0"
      scheduled_workflow   = "ghcr.io/kubeflow/kfp-scheduled-workflow-controller:2.15.0"
      viewer_controller    = "ghcr.io/kubeflow/kfp-viewer-crd-controller:2.15.0"
      visualization_server = "ghcr.io/kubeflow/kfp-visualization-server:2.15.0"
      driver               = "ghcr.io/kubeflow/kfp-driver:2.15.0"
      launcher             = "ghcr.io/kubeflow/kfp-launcher:2.15.0"
      workflow_controller  = "quay.io/argoproj/workflow-controller:v3.7.3"
      workflow_executor    = "quay.io/argoproj/argoexec:v3.7.3"
      hooks                = "docker.io/alpine/k8s:1.32.3" # runs our program that answers metacontroller
      python               = null
      cache                = "ghcr.io/containerd/busybox"
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
  component "pipelines-database" {
    version = "8.4.7"
    # Upstream names mysql:8.4, which moves: a data directory that a newer one wrote cannot be taken back.
    images = { mysql = "mysql:8.4.7" }
  }
  component "pipelines-object-store" { present = false }
  component "seaweedfs" {
    version = "4.00"
    images  = { seaweedfs = "chrislusf/seaweedfs:4.00" }
    was     = ["pipelines-object-store"]
  }
}
