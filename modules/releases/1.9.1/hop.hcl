# The way from Kubeflow 1.8.1.
release "1.9.1" {
  hop {
    from = "1.8.1"

    check "eventing" {
      without = ["knative-eventing"]
      kinds = [
        "ApiServerSource.sources.knative.dev", "ContainerSource.sources.knative.dev", "PingSource.sources.knative.dev",
        "SinkBinding.sources.knative.dev", "Broker.eventing.knative.dev", "EventType.eventing.knative.dev",
        "Trigger.eventing.knative.dev", "Channel.messaging.knative.dev", "Subscription.messaging.knative.dev",
        "Parallel.flows.knative.dev", "Sequence.flows.knative.dev",
      ]
      reason = "Knative Eventing goes with this release; nobody would serve them any more."
      remedy = "Switch the component knative-eventing on, or delete them."
    }
    check "istio-operators" {
      kind   = "IstioOperator.install.istio.io"
      reason = "Their kind goes with this release."
      remedy = "Delete them; what they asked for is not read since Istio was installed from manifests."
    }
    check "running-workflows" {
      level  = "warn"
      kind   = "Workflow.argoproj.io"
      reason = "Argo Workflows goes from 3.3 to 3.4 while they run."
      remedy = "Best wait for them to end."
      where {
        field = "status.phase"
        is    = ["Running", "Pending"]
      }
    }
    check "running-jobs" {
      level = "warn"
      kinds = [
        "MPIJob.kubeflow.org", "MXJob.kubeflow.org", "PaddleJob.kubeflow.org", "PyTorchJob.kubeflow.org",
        "TFJob.kubeflow.org", "XGBoostJob.kubeflow.org",
      ]
      reason = "Their operator restarts; pods that run go on."
      where {
        field = "status.replicaStatuses.Worker.active"
      }
      where {
        field = "status.replicaStatuses.Master.active"
      }
    }
    check "old-sidecars" {
      level            = "warn"
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "Their proxy is five minor versions older than Istio will be; it works untested until they restart."
      remedy           = "Give --restart, or restart them soon."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.17\\."
      }
    }
    check "virtual-services" {
      kind   = "VirtualService.networking.istio.io"
      level  = "warn"
      reason = "Istio refuses routes without a destination's host when they are next written."
      where {
        field = "spec.http[*].route[*].destination.host"
        is    = [""]
      }
    }
    job "dump-pipelines" {
      with        = ["pipelines-database"]
      namespace   = "kubeflow"
      image       = "pipelines-database.mysql"
      command     = ["bash", "-c"]
      program     = "dump-mysql.sh"
      environment = { HOST = "mysql", FILE = "/dumps/pipelines-1.8.1.sql.gz" }
      secrets     = { MYSQL_PWD = "mysql-secret/password" }
      account     = "metadata-grpc-server"
      user        = 999
      reason      = "The only way back: a dump of Pipelines' database by the server that wrote it, counted and read back. Writers wait meanwhile."
      claim "stackwright-dumps" {
        path  = "/dumps"
        size  = "20Gi"
        holds = "dumps of the databases of release 1.8.1"
      }
    }
    job "dump-katib" {
      with        = ["katib-database"]
      namespace   = "kubeflow"
      image       = "katib-database.mysql"
      command     = ["bash", "-c"]
      program     = "dump-mysql.sh"
      environment = { HOST = "katib-mysql", FILE = "/dumps/katib-1.8.1.sql.gz" }
      secrets     = { MYSQL_PWD = "katib-mysql-secrets/MYSQL_ROOT_PASSWORD" }
      labels      = { "sidecar.istio.io/inject" = "false" }
      user        = 999
      reason      = "The only way back: a dump of Katib's database by the server that wrote it, counted and read back. Writers wait meanwhile."
      claim "stackwright-dumps" {
        path  = "/dumps"
        size  = "20Gi"
        holds = "dumps of the databases of release 1.8.1"
      }
    }
    delete "eventing-webhooks" {
      without = ["knative-eventing"]
      kinds = [
        "MutatingWebhookConfiguration.admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
      ]
      names = [
        "sinkbindings.webhook.sources.knative.dev", "webhook.eventing.knative.dev",
        "config.webhook.eventing.knative.dev", "validation.webhook.eventing.knative.dev",
      ]
      reason = "The program that answers them goes; what they would look at could not be written any more."
    }
    delete "domain-mapping-webhooks" {
      kinds = [
        "MutatingWebhookConfiguration.admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
      ]
      names  = ["webhook.domainmapping.serving.knative.dev", "validation.webhook.domainmapping.serving.knative.dev"]
      reason = "The program that answers them becomes a part of another one."
    }
    store "domainmappings.serving.knative.dev" {
      version = "v1beta1"
      reason  = "The new definition knows v1alpha1 no more."
    }
    restart "own-sidecars" {
      kind      = "Pod"
      namespace = "kubeflow"
      reason    = "Pods of the platform that nothing else restarts have the old proxy still."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.17\\."
      }
    }
    restart "sidecars" {
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      asks             = true
      reason           = "Pods with Istio's proxy 1.17 must restart to get the new one."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.17\\."
      }
    }
    note "sessions" {
      reason = "Everybody logs in again: OAuth2 Proxy takes the place of the old log-in service. Until it serves, requests are refused."
    }
    note "pipelines-schema" {
      reason = "Pipelines adds columns and indexes to its database at its first start."
    }
  }
}
