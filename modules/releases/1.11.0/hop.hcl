# The way from Kubeflow 1.10.2.
release "1.11.0" {
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
    check "old-sidecars" {
      level            = "warn"
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "Their proxy is older than Istio supports once it has moved."
      remedy           = "Give --restart, or restart them soon."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-5]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-5]\\."
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
        matches = "/proxyv2:1\\.2[0-6]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-6]\\."
      }
    }
    restart "sidecars" {
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      asks             = true
      reason           = "Pods with Istio's proxy 1.26 or older must restart to get the new one."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-6]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-6]\\."
      }
    }
    note "pipelines-schema" {
      one_way = true
      reason  = "Pipelines 2.15 rebuilds its database at its first start: foreign keys and indexes go, columns get shorter. Older programs cannot read it; large tables of runs take long. It does not start where a name is longer than the new columns."
    }
    note "mysql" {
      one_way = true
      reason  = "MySQL goes from 8.0 to 8.4 on the same volume; 8.0 cannot read it afterwards. Take a dump with 8.0 before."
    }
    note "object-store" {
      loses  = "the way to artifacts and models in the object store, until they are copied"
      reason = "SeaweedFS takes MinIO's place under the same name. What is in MinIO stays in its claim and is not brought over by this hop: copy it by S3."
    }
  }
}
