# The ways from Kubeflow 1.11.0 and, with no stop there, from 1.10.2.
release "26.03" {
  hop {
    from = "1.11.0"

    check "deployment-modes" {
      kind   = "InferenceService.serving.kserve.io"
      reason = "KServe 0.16 calls these modes Knative and Standard: it would refuse every change of them, also to be deleted, and take RawDeployment for Knative."
      remedy = "Take the annotation off while KServe 0.15 still answers; the way of the status stands in KServe's issue 4798."
      where {
        field = "metadata.annotations[\"serving.kserve.io/deploymentMode\"]"
        is    = ["Serverless", "RawDeployment"]
      }
      where {
        field = "status.deploymentMode"
        is    = ["RawDeployment"]
      }
    }
    check "modes-by-status" {
      level  = "warn"
      kind   = "InferenceService.serving.kserve.io"
      reason = "Their status names the mode as KServe 0.15 did: they go on, but some of their conditions are not set any more."
      where {
        field = "status.deploymentMode"
        is    = ["Serverless"]
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
      level  = "warn"
      kinds  = ["ConfigMap", "Secret"]
      names  = ["mlpipeline-minio-artifact", "kfp-launcher", "workflow-controller-configmap", "artifact-repositories"]
      reason = "The Service minio-service goes; the store is reached as seaweedfs."
      where {
        field   = "data.defaultPipelineRoot"
        matches = "minio-service"
      }
      where {
        field   = "data.artifactRepository"
        matches = "minio-service"
      }
      where {
        field   = "data.providers"
        matches = "minio-service"
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
    check "deployment-modes" {
      kind   = "InferenceService.serving.kserve.io"
      reason = "KServe 0.16 calls these modes Knative and Standard, and would refuse every change of them."
      remedy = "Take the annotation off while KServe 0.15 still answers."
      where {
        field = "metadata.annotations[\"serving.kserve.io/deploymentMode\"]"
        is    = ["Serverless", "RawDeployment"]
      }
    }
    delete "training-webhook" {
      without = ["training-operator"]
      kind    = "ValidatingWebhookConfiguration.admissionregistration.k8s.io"
      name    = "validator.training-operator.kubeflow.org"
      reason  = "The program that answers it goes; jobs could not be written or deleted any more."
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
    note "pipelines-schema" {
      one_way = true
      reason  = "Pipelines rebuilds its database at its first start: foreign keys and indexes go, columns get shorter. Older programs cannot read it; large tables of runs take long. It does not start where a name is longer than the new columns."
    }
    note "mysql" {
      one_way = true
      reason  = "MySQL goes from 8.0 to 8.4 on the same volume; 8.0 cannot read it afterwards. Take a dump with 8.0 before."
    }
    note "object-store" {
      loses  = "the way to artifacts and models in the object store, until they are copied"
      reason = "SeaweedFS takes MinIO's place, under the same name. What is in MinIO stays in its claim and is not brought over by this hop: copy it by S3."
    }
  }
}
