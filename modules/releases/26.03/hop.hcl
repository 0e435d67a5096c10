# The ways from Kubeflow 1.11.0 and, with no stop there, from 1.10.2: that one is also all of the way to 1.11.0.
locals {
  # Proxies older than Istio's, as a container or, from 1.10.2 on, as one that starts before the others.
  old_proxies = [
    for place in ["containers", "initContainers"] : { field = "spec.${place}[*].image", matches = "/proxyv2:1\\.2[0-7]\\." }
  ]
  # Where references to the object store stand.
  stores = ["data.defaultPipelineRoot", "data.providers", "data[\"default-namespaced\"]"]
}

release "26.03" {
  dynamic "hop" {
    for_each = ["1.11.0", "1.10.2"]
    content {
      from = hop.value

      dynamic "check" {
        for_each = hop.value == "1.10.2" ? ["jobs-of-training-operator"] : []
        labels   = [check.value]
        content {
          without = ["training-operator"]
          kinds = [
            "JAXJob.kubeflow.org", "MPIJob.kubeflow.org", "PaddleJob.kubeflow.org", "PyTorchJob.kubeflow.org",
            "TFJob.kubeflow.org", "XGBoostJob.kubeflow.org",
          ]
          reason = "Training Operator is no part of this release by itself; nobody would run them any more."
          remedy = "Switch the component training-operator on, or delete them once they have ended."
        }
      }
      dynamic "check" {
        for_each = hop.value == "1.10.2" ? ["running-workflows"] : []
        labels   = [check.value]
        content {
          kind   = "Workflow.argoproj.io"
          reason = "Their artifacts go to an object store that is another one after this hop; their last step could not write them."
          remedy = "Wait for them to end, or stop them."
          where {
            field = "status.phase"
            is    = ["Running", "Pending"]
          }
        }
      }
      dynamic "check" {
        for_each = hop.value == "1.10.2" ? ["recurring-runs"] : []
        labels   = [check.value]
        content {
          level  = "warn"
          kind   = "ScheduledWorkflow.kubeflow.org"
          reason = "Runs that begin during the hop meet an object store that changes."
          remedy = "Best disable them for that time."
          where {
            field = "spec.enabled"
            is    = ["true"]
          }
        }
      }
      check "deployment-modes" {
        kind   = "InferenceService.serving.kserve.io"
        reason = "KServe 0.16 calls these modes Knative and Standard: it would refuse every change of them, also to be deleted, and takes a RawDeployment of their status for Knative."
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
        level            = "warn"
        kind             = "ConfigMap"
        names            = ["kfp-launcher", "artifact-repositories"]
        namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
        reason           = "The Service minio-service goes; the store is reached as seaweedfs."
        dynamic "where" {
          for_each = local.stores
          content {
            field   = where.value
            matches = "minio-service"
          }
        }
      }
      dynamic "check" {
        for_each = hop.value == "1.10.2" ? ["old-sidecars"] : []
        labels   = [check.value]
        content {
          level            = "warn"
          kind             = "Pod"
          namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
          reason           = "Their proxy is older than Istio supports once it has moved."
          remedy           = "Give --restart, or restart them soon."
          dynamic "where" {
            for_each = local.old_proxies
            content {
              field   = where.value.field
              matches = where.value.matches
            }
          }
        }
      }
      dynamic "delete" {
        for_each = hop.value == "1.10.2" ? ["training-webhook"] : []
        labels   = [delete.value]
        content {
          without = ["training-operator"]
          kind    = "ValidatingWebhookConfiguration.admissionregistration.k8s.io"
          name    = "validator.training-operator.kubeflow.org"
          reason  = "The program that answers it goes; jobs could not be written or deleted any more."
        }
      }
      dynamic "delete" {
        for_each = hop.value == "1.10.2" ? ["pipelines-of-profiles"] : []
        labels   = [delete.value]
        content {
          phase            = "after"
          kinds            = ["Deployment.apps", "Service"]
          names            = ["ml-pipeline-ui-artifact", "ml-pipeline-visualizationserver"]
          namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
          reason           = "Pipelines does without them in the namespaces of profiles; nobody else takes them away."
        }
      }
      restart "own-sidecars" {
        kind      = "Pod"
        namespace = "kubeflow"
        reason    = "Pods of the platform that nothing else restarts have the old proxy still."
        dynamic "where" {
          for_each = local.old_proxies
          content {
            field   = where.value.field
            matches = where.value.matches
          }
        }
      }
      restart "sidecars" {
        kind             = "Pod"
        namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
        asks             = true
        reason           = "Pods with an older proxy than Istio's must restart to get the new one."
        dynamic "where" {
          for_each = local.old_proxies
          content {
            field   = where.value.field
            matches = where.value.matches
          }
        }
      }
      note "knative" {
        reason = "Knative goes from 1.16 to 1.21; services answer meanwhile, but cannot be changed for some minutes."
      }
      dynamic "note" {
        for_each = hop.value == "1.10.2" ? ["pipelines-schema"] : []
        labels   = [note.value]
        content {
          one_way = true
          reason  = "Pipelines rebuilds its database at its first start: foreign keys and indexes go, columns get shorter. Older programs cannot read it; large tables of runs take long. It does not start where a name is longer than the new columns."
        }
      }
      dynamic "note" {
        for_each = hop.value == "1.10.2" ? ["mysql"] : []
        labels   = [note.value]
        content {
          one_way = true
          reason  = "MySQL goes from 8.0 to 8.4 on the same volume; 8.0 cannot read it afterwards. Take a dump with 8.0 before."
        }
      }
      dynamic "note" {
        for_each = hop.value == "1.10.2" ? ["object-store"] : []
        labels   = [note.value]
        content {
          loses  = "the way to artifacts and models in the object store, until they are copied"
          reason = "SeaweedFS takes MinIO's place, under the same name. What is in MinIO stays in its claim and is not brought over by this hop: copy it by S3."
        }
      }
    }
  }
}
