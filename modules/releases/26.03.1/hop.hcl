# The way from Kubeflow 26.03.
release "26.03.1" {
  hop {
    from = "26.03"

    check "train-jobs" {
      kind   = "TrainJob.trainer.kubeflow.org"
      reason = "Trainer 2.2 knows these fields no more: they are gone with the next write."
      remedy = "Let the jobs end, or make them anew with runtimePatches."
      where {
        field = "spec.podTemplateOverrides"
      }
      where {
        field = "spec.labels"
      }
      where {
        field = "spec.annotations"
      }
      where {
        field   = "spec.trainer.numProcPerNode"
        matches = "[^0-9]"
      }
    }
    check "training-runtimes" {
      kinds  = ["TrainingRuntime.trainer.kubeflow.org", "ClusterTrainingRuntime.trainer.kubeflow.org"]
      level  = "warn"
      reason = "Trainer 2.2 knows these fields no more: they are gone with the next write."
      where {
        field = "spec.mlPolicy.torch.elasticPolicy"
      }
      where {
        field = "spec.mlPolicy.torch.numProcPerNode"
      }
    }
    check "inference-models" {
      kind   = "InferenceModel.inference.networking.x-k8s.io"
      reason = "Their kind goes with this release."
      remedy = "Delete them; InferenceObjectives take their place."
    }
    check "language-models" {
      kinds  = ["LLMInferenceService.serving.kserve.io", "LLMInferenceServiceConfig.serving.kserve.io"]
      level  = "warn"
      reason = "Once stored as v1alpha2, release 26.03 cannot read them any more."
    }
    check "running-train-jobs" {
      level  = "warn"
      kind   = "JobSet.jobset.x-k8s.io"
      reason = "Their controller is made anew: for a moment nobody looks after them."
      where {
        field  = "status.terminalState"
        is_not = ["Completed", "Failed"]
      }
    }
    delete "pod-defaults-webhook" {
      kind   = "MutatingWebhookConfiguration.admissionregistration.k8s.io"
      name   = "admission-webhook-mutating-webhook-configuration"
      reason = "The new one has another name and the same pods: with both, pods of profiles wait for a program that is gone. Until the new one serves, PodDefaults are not applied."
    }
    delete "selectors" {
      kind   = "Deployment.apps"
      names  = ["jobset-controller-manager", "profiles-deployment"]
      reason = "Their selectors are others now, and cannot be changed in place."
      where {
        field = "metadata.namespace"
        is    = ["kubeflow-system", "kubeflow"]
      }
    }
    delete "language-model-rights" {
      kind   = "ClusterRoleBinding.rbac.authorization.k8s.io"
      name   = "llmisvc-manager-rolebinding"
      reason = "It is bound to another role now, and that cannot be changed in place."
    }
    delete "models-web-app" {
      kind      = "VirtualService.networking.istio.io"
      namespace = "kubeflow"
      name      = "kserve-models-web-app"
      reason    = "Its successor has another name and the same address; the old one would answer without rights."
    }
    restart "own-sidecars" {
      kind      = "Pod"
      namespace = "kubeflow"
      reason    = "Pods of the platform that nothing else restarts have the old proxy still."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-9]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-9]\\."
      }
    }
    restart "sidecars" {
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      asks             = true
      reason           = "Pods with an older proxy than Istio's must restart to get the new one."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.2[0-9]\\."
      }
      where {
        field   = "spec.initContainers[*].image"
        matches = "/proxyv2:1\\.2[0-9]\\."
      }
    }
    note "language-models" {
      one_way = true
      reason  = "KServe stores its language model kinds as v1alpha2 from its first start on; release 26.03 cannot read those."
    }
    note "dashboard" {
      reason = "The dashboard's settings lie in dashboard-config: own entries in centraldashboard-config are not taken over."
    }
  }
}
