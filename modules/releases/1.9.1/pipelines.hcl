release "1.9.1" {
  component "pipelines" {
    version = "2.3.0"
    # Since the end of 2025 gcr.io/ml-pipeline loses images. Those of Pipelines itself were published nowhere else in this
    # version: keep a mirror. Its copies of other projects' images stand here as those projects publish them.
    images = {
      api_server            = "gcr.io/ml-pipeline/api-server:2.3.0"
      cache_server          = "gcr.io/ml-pipeline/cache-server:2.3.0"
      frontend              = "gcr.io/ml-pipeline/frontend:2.3.0" # also in every user's namespace
      metadata_envoy        = "gcr.io/ml-pipeline/metadata-envoy:2.3.0"
      metadata_writer       = "gcr.io/ml-pipeline/metadata-writer:2.3.0"
      persistence_agent     = "gcr.io/ml-pipeline/persistenceagent:2.3.0"
      scheduled_workflow    = "gcr.io/ml-pipeline/scheduledworkflow:2.3.0"
      viewer_controller     = "gcr.io/ml-pipeline/viewer-crd-controller:2.3.0"
      visualization_server  = "gcr.io/ml-pipeline/visualization-server:2.3.0" # also in every user's namespace
      metadata_store_server = "gcr.io/tfx-oss-public/ml_metadata_store_server:1.14.0"
      # Upstream's gcr.io/ml-pipeline/*:v3.4.17-license-compliance are these with texts of licenses added.
      workflow_controller = "quay.io/argoproj/workflow-controller:v3.4.17"
      workflow_executor   = "quay.io/argoproj/argoexec:v3.4.17" # beside the container in every pod of a workflow
      python              = "python:3.7"                        # runs our program that answers metacontroller
      # In the pods of runs: compiled into the API server, which takes others from its environment.
      driver   = "gcr.io/ml-pipeline/kfp-driver@sha256:dc8b56a2eb071f30409828a8884d621092e68385af11a6c06aa9e9fbcfbb19de"
      launcher = "gcr.io/ml-pipeline/kfp-launcher@sha256:bef55a344574a25c557256d7c66cb19edacfd2008d694e5b6bb5b612d59feae0"
      # What shows logs of a run, in the version that the user chooses there: of this only the name is passed on.
      tensorboard = "tensorflow/tensorflow:2.5.1"
      # Stands for a step of a first-version pipeline whose result is taken from an earlier run. Upstream's is there, but
      # current container runtimes cannot read its format.
      cache = "registry.k8s.io/busybox:1.27"
    }
    # Pipelines published for no other processor before 2.17, its metadata store never (kubeflow/pipelines#10309, #13957).
    architectures = {
      api_server            = "amd64"
      cache_server          = "amd64"
      frontend              = "amd64"
      metadata_envoy        = "amd64"
      metadata_writer       = "amd64"
      persistence_agent     = "amd64"
      scheduled_workflow    = "amd64"
      viewer_controller     = "amd64"
      visualization_server  = "amd64"
      metadata_store_server = "amd64"
      driver                = "amd64"
      launcher              = "amd64"
    }
    replaces = {
      cache               = "gcr.io/google-containers/busybox"
      workflow_controller = "gcr.io/ml-pipeline/workflow-controller:v3.4.17-license-compliance"
      workflow_executor   = "gcr.io/ml-pipeline/argoexec:v3.4.17-license-compliance"
    }
  }
  component "pipelines-database" {
    version = "8.0.26"
    # Upstream's image is a copy of this one.
    images   = { mysql = "mysql:8.0.26" }
    replaces = { mysql = "gcr.io/ml-pipeline/mysql:8.0.26" }
  }
  component "pipelines-object-store" {
    version = "2019.8.14"
    # Upstream's was deleted in 2025, MinIO's own of Docker Hub in 2026. This is Open Data Hub's copy of upstream's.
    images        = { minio = "quay.io/opendatahub/minio:RELEASE.2019-08-14T20-37-41Z-license-compliance" }
    architectures = { minio = "amd64" }
    replaces      = { minio = "gcr.io/ml-pipeline/minio:RELEASE.2019-08-14T20-37-41Z-license-compliance" }
  }
  component "metacontroller" {
    version = "2.0.4"
    images  = { metacontroller = "docker.io/metacontrollerio/metacontroller:v2.0.4" }
  }
}
