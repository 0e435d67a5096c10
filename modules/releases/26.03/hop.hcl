# The ways from Kubeflow 1.11.0 and, with no stop there, from 1.10.2.
release "26.03" {
  hop {
    from = "1.11.0"

    check "keys-of-certificates" {
      level  = "warn"
      kind   = "Certificate.cert-manager.io"
      reason = "From cert-manager 1.18 on a renewal makes a new key unless rotationPolicy says Never; who pinned the old one must be told."
      where {
        field  = "spec.privateKey.rotationPolicy"
        is_not = ["Always", "Never"]
      }
    }
    check "stores-by-old-name" {
      level            = "warn"
      kind             = "ConfigMap"
      names            = ["kfp-launcher", "artifact-repositories"]
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "The Service minio-service goes; the store is reached as seaweedfs."
      where {
        field   = "data.defaultPipelineRoot"
        matches = "minio-service"
      }
      where {
        field   = "data.providers"
        matches = "minio-service"
      }
      where {
        field   = "data[\"default-namespaced\"]"
        matches = "minio-service"
      }
    }
    job "dump-pipelines" {
      with        = ["pipelines-database"]
      namespace   = "kubeflow"
      image       = "pipelines-database.mysql"
      command     = ["bash", "-c"]
      program     = "dump-mysql.sh"
      environment = { HOST = "mysql", FILE = "/dumps/pipelines-1.11.0.sql.gz" }
      secrets     = { MYSQL_PWD = "mysql-secret/password" }
      account     = "metadata-grpc-server"
      user        = 999
      reason      = "The only way back: a dump of Pipelines' database by the server that wrote it, counted and read back. Writers wait meanwhile."
      claim "stackwright-dumps" {
        path  = "/dumps"
        size  = "20Gi"
        holds = "dumps of the databases of release 1.11.0"
      }
    }
    job "dump-katib" {
      with        = ["katib-database"]
      namespace   = "kubeflow"
      image       = "katib-database.mysql"
      command     = ["bash", "-c"]
      program     = "dump-mysql.sh"
      environment = { HOST = "katib-mysql", FILE = "/dumps/katib-1.11.0.sql.gz" }
      secrets     = { MYSQL_PWD = "katib-mysql-secrets/MYSQL_ROOT_PASSWORD" }
      labels      = { "sidecar.istio.io/inject" = "false" }
      user        = 999
      reason      = "The only way back: a dump of Katib's database by the server that wrote it, counted and read back. Writers wait meanwhile."
      claim "stackwright-dumps" {
        path  = "/dumps"
        size  = "20Gi"
        holds = "dumps of the databases of release 1.11.0"
      }
    }
    # KServe 0.15 and 0.16 have other names for the same modes, each takes the other's for something else, and the webhook
    # compares annotation and status: while nobody reads them, both are written anew.
    delete "models-controller" {
      with      = ["kserve"]
      kind      = "Deployment.apps"
      namespace = "kubeflow"
      name      = "kserve-controller-manager"
      reason    = "KServe 0.15 must not read the names that 0.16 has for deployment modes. Models answer meanwhile; 0.16 takes them over."
    }
    wait "no-models-controller" {
      phase     = "before"
      with      = ["kserve"]
      kind      = "Pod"
      namespace = "kubeflow"
      labels    = { "control-plane" = "kserve-controller-manager" }
      until     = "gone"
      reason    = "It must not read them either while it ends."
    }
    delete "models-webhooks" {
      with = ["kserve"]
      kinds = [
        "MutatingWebhookConfiguration.admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
      ]
      name   = "inferenceservice.serving.kserve.io"
      reason = "Nobody answers for them now; they come back with the release."
    }
    patch "annotations-standard" {
      with    = ["kserve"]
      kind    = "InferenceService.serving.kserve.io"
      merge   = { metadata = { annotations = { "serving.kserve.io/deploymentMode" = "Standard" } } }
      one_way = true
      reason  = "KServe 0.16 calls the mode Standard what 0.15 called RawDeployment; where annotation and status differ it refuses every change, also to be deleted."
      where {
        field = "metadata.annotations[\"serving.kserve.io/deploymentMode\"]"
        is    = ["RawDeployment"]
      }
    }
    patch "annotations-knative" {
      with    = ["kserve"]
      kind    = "InferenceService.serving.kserve.io"
      merge   = { metadata = { annotations = { "serving.kserve.io/deploymentMode" = "Knative" } } }
      one_way = true
      reason  = "KServe 0.16 calls the mode Knative what 0.15 called Serverless; where annotation and status differ it refuses every change, also to be deleted."
      where {
        field = "metadata.annotations[\"serving.kserve.io/deploymentMode\"]"
        is    = ["Serverless"]
      }
    }
    patch "status-standard" {
      with        = ["kserve"]
      kind        = "InferenceService.serving.kserve.io"
      subresource = "status"
      merge       = { status = { deploymentMode = "Standard" } }
      one_way     = true
      reason      = "KServe 0.16 knows no mode RawDeployment in a status; there it is Standard."
      where {
        field = "status.deploymentMode"
        is    = ["RawDeployment"]
      }
    }
    patch "status-knative" {
      with        = ["kserve"]
      kind        = "InferenceService.serving.kserve.io"
      subresource = "status"
      merge       = { status = { deploymentMode = "Knative" } }
      one_way     = true
      reason      = "KServe 0.16 knows no mode Serverless in a status; there it is Knative."
      where {
        field = "status.deploymentMode"
        is    = ["Serverless"]
      }
    }
    restart "own-sidecars" {
      kind      = "Pod"
      namespace = "kubeflow"
      reason    = "Pods of the platform that nothing else restarts have the old proxy still."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
    }
    restart "sidecars" {
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      asks             = true
      reason           = "Pods with an older proxy than Istio's must restart to get the new one."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
    }
    note "knative" {
      reason = "Knative goes from 1.16 to 1.21; services answer meanwhile, but cannot be changed for some minutes."
    }
  }

  hop {
    from = "1.10.2"

    check "jobs-of-training-operator" {
      without = ["training-operator"]
      kinds = [
        "JAXJob.kubeflow.org", "MPIJob.kubeflow.org", "PaddleJob.kubeflow.org", "PyTorchJob.kubeflow.org",
        "TFJob.kubeflow.org", "XGBoostJob.kubeflow.org",
      ]
      reason = "Training Operator is no part of this release by itself; nobody would run them any more."
      remedy = "Switch the component training-operator on, or delete them once they have ended."
    }
    check "running-workflows" {
      kind   = "Workflow.argoproj.io"
      reason = "Their artifacts go to an object store that is another one after this hop; their last step could not write them."
      remedy = "Wait for them to end, or stop them."
      where {
        field = "status.phase"
        is    = ["Running", "Pending"]
      }
    }
    check "recurring-runs" {
      level  = "warn"
      kind   = "ScheduledWorkflow.kubeflow.org"
      reason = "Runs that begin during the hop meet an object store that changes."
      remedy = "Best disable them for that time."
      where {
        field = "spec.enabled"
        is    = ["true"]
      }
    }
    check "keys-of-certificates" {
      level  = "warn"
      kind   = "Certificate.cert-manager.io"
      reason = "From cert-manager 1.18 on a renewal makes a new key unless rotationPolicy says Never; who pinned the old one must be told."
      where {
        field  = "spec.privateKey.rotationPolicy"
        is_not = ["Always", "Never"]
      }
    }
    check "stores-by-old-name" {
      level            = "warn"
      kind             = "ConfigMap"
      names            = ["kfp-launcher", "artifact-repositories"]
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "The Service minio-service goes; the store is reached as seaweedfs."
      where {
        field   = "data.defaultPipelineRoot"
        matches = "minio-service"
      }
      where {
        field   = "data.providers"
        matches = "minio-service"
      }
      where {
        field   = "data[\"default-namespaced\"]"
        matches = "minio-service"
      }
    }
    check "old-sidecars" {
      level            = "warn"
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "Their proxy is older than Istio supports once it has moved."
      remedy           = "Give --restart, or restart them soon."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
    }
    job "long-values" {
      with      = ["pipelines-database"]
      namespace = "kubeflow"
      image     = "pipelines-database.mysql"
      command   = ["bash", "-c"]
      program   = "long-values.sh"
      secrets   = { MYSQL_PWD = "mysql-secret/password" }
      account   = "metadata-grpc-server"
      user      = 999
      reason    = "Pipelines' new columns are shorter, and its server does not start where a value is too long. Nothing is changed by looking."
      environment = {
        HOST   = "mysql"
        SCHEMA = "mlpipeline"
        LIMITS = join(" ", [
          "experiments.UUID=191", "experiments.Name=128", "experiments.Namespace=63", "jobs.UUID=191",
          "pipelines.UUID=64", "pipelines.Name=128", "pipelines.Namespace=63", "pipeline_versions.UUID=191",
          "pipeline_versions.Name=127", "pipeline_versions.PipelineId=64", "run_details.UUID=191",
          "run_details.Namespace=63", "run_details.ExperimentUUID=64", "run_details.Conditions=125",
          "run_metrics.RunUUID=191", "run_metrics.NodeID=191", "run_metrics.Name=191",
          "resource_references.ResourceUUID=191", "resource_references.ReferenceUUID=191", "tasks.UUID=191",
          "tasks.RunUUID=191", "default_experiments.DefaultExperimentId=191",
        ])
      }
    }
    job "objects" {
      with      = ["seaweedfs"]
      namespace = "kubeflow"
      image     = "seaweedfs.seaweedfs"
      release   = "to"
      command   = ["sh", "-c"]
      program   = "look-at-objects.sh"
      labels    = { "sidecar.istio.io/inject" = "false" }
      beside    = { app = "minio" }
      reason    = "Whether what is in MinIO's volume can be copied from there. Nothing is changed by looking."
      claim "minio-pvc" {
        path      = "/minio"
        sub_path  = "minio"
        read_only = true
      }
    }
    job "dump-pipelines" {
      with        = ["pipelines-database"]
      namespace   = "kubeflow"
      image       = "pipelines-database.mysql"
      command     = ["bash", "-c"]
      program     = "dump-mysql.sh"
      environment = { HOST = "mysql", FILE = "/dumps/pipelines-1.10.2.sql.gz" }
      secrets     = { MYSQL_PWD = "mysql-secret/password" }
      account     = "metadata-grpc-server"
      user        = 999
      reason      = "The only way back: a dump of Pipelines' database by the server that wrote it, counted and read back. Writers wait meanwhile."
      claim "stackwright-dumps" {
        path  = "/dumps"
        size  = "20Gi"
        holds = "dumps of the databases of release 1.10.2"
      }
    }
    job "dump-katib" {
      with        = ["katib-database"]
      namespace   = "kubeflow"
      image       = "katib-database.mysql"
      command     = ["bash", "-c"]
      program     = "dump-mysql.sh"
      environment = { HOST = "katib-mysql", FILE = "/dumps/katib-1.10.2.sql.gz" }
      secrets     = { MYSQL_PWD = "katib-mysql-secrets/MYSQL_ROOT_PASSWORD" }
      labels      = { "sidecar.istio.io/inject" = "false" }
      user        = 999
      reason      = "The only way back: a dump of Katib's database by the server that wrote it, counted and read back. Writers wait meanwhile."
      claim "stackwright-dumps" {
        path  = "/dumps"
        size  = "20Gi"
        holds = "dumps of the databases of release 1.10.2"
      }
    }
    job "owners-katib" {
      with        = ["katib-database"]
      namespace   = "kubeflow"
      image       = "katib-database.mysql"
      command     = ["bash", "-c"]
      program     = "own-files.sh"
      environment = { OWNER = "999", GROUP = "999" }
      labels      = { "sidecar.istio.io/inject" = "false" }
      beside      = { "katib.kubeflow.org/component" = "mysql" }
      user        = 0
      reason      = "MySQL runs as user 999 from release 1.11.0 on; the server before may have left files of root."
      claim "katib-mysql" {
        path = "/data"
      }
    }
    delete "training-webhook" {
      without = ["training-operator"]
      kind    = "ValidatingWebhookConfiguration.admissionregistration.k8s.io"
      name    = "validator.training-operator.kubeflow.org"
      reason  = "The program that answers it goes; jobs could not be written or deleted any more."
    }
    # KServe 0.15 and 0.16 have other names for the same modes, each takes the other's for something else, and the webhook
    # compares annotation and status: while nobody reads them, both are written anew.
    delete "models-controller" {
      with      = ["kserve"]
      kind      = "Deployment.apps"
      namespace = "kubeflow"
      name      = "kserve-controller-manager"
      reason    = "KServe 0.15 must not read the names that 0.16 has for deployment modes. Models answer meanwhile; 0.16 takes them over."
    }
    wait "no-models-controller" {
      phase     = "before"
      with      = ["kserve"]
      kind      = "Pod"
      namespace = "kubeflow"
      labels    = { "control-plane" = "kserve-controller-manager" }
      until     = "gone"
      reason    = "It must not read them either while it ends."
    }
    delete "models-webhooks" {
      with = ["kserve"]
      kinds = [
        "MutatingWebhookConfiguration.admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
      ]
      name   = "inferenceservice.serving.kserve.io"
      reason = "Nobody answers for them now; they come back with the release."
    }
    patch "annotations-standard" {
      with    = ["kserve"]
      kind    = "InferenceService.serving.kserve.io"
      merge   = { metadata = { annotations = { "serving.kserve.io/deploymentMode" = "Standard" } } }
      one_way = true
      reason  = "KServe 0.16 calls the mode Standard what 0.15 called RawDeployment; where annotation and status differ it refuses every change, also to be deleted."
      where {
        field = "metadata.annotations[\"serving.kserve.io/deploymentMode\"]"
        is    = ["RawDeployment"]
      }
    }
    patch "annotations-knative" {
      with    = ["kserve"]
      kind    = "InferenceService.serving.kserve.io"
      merge   = { metadata = { annotations = { "serving.kserve.io/deploymentMode" = "Knative" } } }
      one_way = true
      reason  = "KServe 0.16 calls the mode Knative what 0.15 called Serverless; where annotation and status differ it refuses every change, also to be deleted."
      where {
        field = "metadata.annotations[\"serving.kserve.io/deploymentMode\"]"
        is    = ["Serverless"]
      }
    }
    patch "status-standard" {
      with        = ["kserve"]
      kind        = "InferenceService.serving.kserve.io"
      subresource = "status"
      merge       = { status = { deploymentMode = "Standard" } }
      one_way     = true
      reason      = "KServe 0.16 knows no mode RawDeployment in a status; there it is Standard."
      where {
        field = "status.deploymentMode"
        is    = ["RawDeployment"]
      }
    }
    patch "status-knative" {
      with        = ["kserve"]
      kind        = "InferenceService.serving.kserve.io"
      subresource = "status"
      merge       = { status = { deploymentMode = "Knative" } }
      one_way     = true
      reason      = "KServe 0.16 knows no mode Serverless in a status; there it is Knative."
      where {
        field = "status.deploymentMode"
        is    = ["Serverless"]
      }
    }
    job "copy-objects" {
      with             = ["seaweedfs"]
      phase            = "after"
      namespace        = "kubeflow"
      image            = "seaweedfs.seaweedfs"
      release          = "to"
      command          = ["sh", "-c"]
      program          = "copy-objects.sh"
      environment      = { STORE = "seaweedfs" }
      labels           = { "sidecar.istio.io/inject" = "false" }
      deadline_minutes = 1440
      retries          = 3
      reason           = "Artifacts, models and pipelines' definitions go from MinIO's volume to SeaweedFS, and are compared by their number and checksums. Until then they are not found there."
      claim "minio-pvc" {
        path      = "/minio"
        sub_path  = "minio"
        read_only = true
      }
    }
    delete "pipelines-of-profiles" {
      phase            = "after"
      kinds            = ["Deployment.apps", "Service"]
      names            = ["ml-pipeline-ui-artifact", "ml-pipeline-visualizationserver"]
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "Pipelines does without them in the namespaces of profiles; nobody else takes them away."
    }
    restart "own-sidecars" {
      kind      = "Pod"
      namespace = "kubeflow"
      reason    = "Pods of the platform that nothing else restarts have the old proxy still."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
    }
    restart "sidecars" {
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      asks             = true
      reason           = "Pods with an older proxy than Istio's must restart to get the new one."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-7]\\."
      }
    }
    note "knative" {
      reason = "Knative goes from 1.16 to 1.21; services answer meanwhile, but cannot be changed for some minutes."
    }
    note "pipelines-schema" {
      one_way = true
      reason  = "Pipelines rebuilds its database at its first start: foreign keys and indexes go, columns get shorter. Older programs cannot read it; large tables of runs take long. It does not start where a name is longer than the new columns."
    }
    note "mysql" {
      one_way = true
      reason  = "MySQL goes from 8.0 to 8.4 on the same volume; 8.0 cannot read it afterwards: the dump that this hop takes is the way back."
    }
    note "object-store" {
      reason = "SeaweedFS takes MinIO's place under the same name. MinIO's claim minio-pvc stays until you let it go, with all that was in it."
    }
  }
}
