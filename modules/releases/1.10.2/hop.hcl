# The way from Kubeflow 1.9.1.
release "1.10.2" {
  hop {
    from = "1.9.1"

    check "mxnet-jobs" {
      kind   = "MXJob.kubeflow.org"
      reason = "Training Operator 1.9 knows no MXNet any more; nobody would run them."
      remedy = "Delete them once they have ended."
    }
    check "running-workflows" {
      level  = "warn"
      kind   = "Workflow.argoproj.io"
      reason = "Argo Workflows goes from 3.4 to 3.5 while they run."
      remedy = "Best wait for them to end."
      where {
        field = "status.phase"
        is    = ["Running", "Pending"]
      }
    }
    check "privileged-pods" {
      level            = "warn"
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "Namespaces of profiles become `baseline`: such pods are refused when they start again."
      where {
        field = "spec.containers[*].securityContext.privileged"
        is    = ["true"]
      }
      where {
        field = "spec.containers[*].securityContext.capabilities.add[*]"
        is    = ["IPC_LOCK", "SYS_ADMIN", "NET_ADMIN"]
      }
      where {
        field = "spec.volumes[*].hostPath.path"
      }
      where {
        field = "spec.hostNetwork"
        is    = ["true"]
      }
    }
    check "old-sidecars" {
      level            = "warn"
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      reason           = "Their proxy is four minor versions older than Istio will be, and its start is one that `baseline` forbids."
      remedy           = "Give --restart, or restart them soon."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.22\\."
      }
    }
    job "owners-pipelines" {
      with        = ["pipelines-database"]
      namespace   = "kubeflow"
      image       = "pipelines-database.mysql"
      command     = ["bash", "-c"]
      program     = "own-files.sh"
      environment = { OWNER = "999", GROUP = "999" }
      labels      = { "sidecar.istio.io/inject" = "false" }
      beside      = { app = "mysql" }
      user        = 0
      reason      = "MySQL runs as user 999 from this release on; a server that began as root may have left files of root."
      claim "mysql-pv-claim" {
        path = "/data"
      }
    }
    job "owners-objects" {
      with        = ["pipelines-object-store"]
      namespace   = "kubeflow"
      image       = "pipelines-object-store.minio"
      command     = ["sh", "-c"]
      program     = "own-files.sh"
      environment = { OWNER = "1000", GROUP = "1000" }
      labels      = { "sidecar.istio.io/inject" = "false" }
      beside      = { app = "minio" }
      user        = 0
      reason      = "MinIO runs as user 1000 from this release on, and as root before it."
      claim "minio-pvc" {
        path = "/data"
      }
    }
    delete "composite-controller" {
      kind   = "CompositeController.metacontroller.k8s.io"
      name   = "kubeflow-pipelines-profile-controller"
      reason = "A DecoratorController takes its place; this one would call the new hook and fail for ever. What it made belongs to the namespaces and stays."
    }
    delete "metacontroller-rights" {
      kind   = "ClusterRoleBinding.rbac.authorization.k8s.io"
      name   = "meta-controller-cluster-role-binding"
      reason = "It is bound to another role now, and that cannot be changed in place."
    }
    patch "pipelines-of-profiles" {
      kinds            = ["Deployment.apps", "Service"]
      names            = ["ml-pipeline-ui-artifact", "ml-pipeline-visualizationserver"]
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      merge = {
        metadata = {
          annotations = { "metacontroller.k8s.io/decorator-controller" = "kubeflow-pipelines-profile-controller" }
        }
      }
      reason = "The new controller sees only what it is named on; without it they stay on images that are gone."
    }
    patch "pipelines-settings-of-profiles" {
      kinds            = ["ConfigMap", "Secret"]
      names            = ["metadata-grpc-configmap", "mlpipeline-minio-artifact"]
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      merge = {
        metadata = {
          annotations = { "metacontroller.k8s.io/decorator-controller" = "kubeflow-pipelines-profile-controller" }
        }
      }
      reason = "The new controller sees only what it is named on."
    }
    patch "pipelines-traffic-of-profiles" {
      kinds            = ["DestinationRule.networking.istio.io", "AuthorizationPolicy.security.istio.io"]
      names            = ["ml-pipeline-visualizationserver"]
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      merge = {
        metadata = {
          annotations = { "metacontroller.k8s.io/decorator-controller" = "kubeflow-pipelines-profile-controller" }
        }
      }
      reason = "The new controller sees only what it is named on."
    }
    restart "own-sidecars" {
      kind      = "Pod"
      namespace = "kubeflow"
      reason    = "Pods of the platform that nothing else restarts have the old proxy still."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.22\\."
      }
    }
    restart "sidecars" {
      kind             = "Pod"
      namespace_labels = { "app.kubernetes.io/part-of" = "kubeflow-profile" }
      asks             = true
      reason           = "Pods with Istio's proxy 1.22 must restart to get the new one, which is a native sidecar."
      where {
        field   = "spec.containers[*].image"
        matches = "/proxyv2:1\\.22\\."
      }
    }
    note "native-sidecars" {
      reason = "New pods have the proxy as an init container: tools and quotas that look for a container istio-proxy see another one."
    }
    note "file-owners" {
      reason = "MySQL and MinIO run as users 999 and 1000: on volumes whose files only root may write, as squashed NFS, they do not start."
    }
  }
}
