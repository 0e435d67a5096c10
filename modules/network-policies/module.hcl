component {
  title       = "Network policies"
  description = "Who may open connections to the platform's pods: default deny from other namespaces, then one rule a service."
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
}

locals {
  # One row a policy. `pods` selects what is guarded. `from` says who may connect, in this order: "profiles" (the users'
  # namespaces), "gateway" (istio-system), "platform" (pods of this namespace); empty is everybody, which is what a webhook
  # needs because the API server has no pod address. `ports` limits the ports; empty is all of them.
  # A policy without pods to guard has no effect, so components that come later find theirs in place.
  policies = [for policy in local.all : policy if policy.name != "minio" || contains(enabled, "pipelines-object-store")]
  all = [
    { name = "cache-server", pods = { app = "cache-server" }, from = [], ports = [8443] },
    { name = "centraldashboard", pods = { app = "centraldashboard" }, from = ["gateway", "platform"], ports = [] },
    { name = "jupyter-web-app", pods = { app = "jupyter-web-app" }, from = ["gateway", "platform"], ports = [] },
    { name = "katib-controller", pods = { "katib.kubeflow.org/component" = "controller" }, from = [], ports = [8443] },
    { name = "katib-db-manager", pods = { "katib.kubeflow.org/component" = "db-manager" }, from = ["profiles", "platform"], ports = [] },
    { name = "katib-ui", pods = { "katib.kubeflow.org/component" = "ui" }, from = ["gateway"], ports = [] },
    { name = "kserve", pods = { control-plane = "kserve-controller-manager" }, from = [], ports = [9443] },
    { name = "kserve-models-web-app", pods = { "app.kubernetes.io/component" = "kserve-models-web-app" }, from = ["gateway"], ports = [] },
    { name = "metadata-grpc-server", pods = { component = "metadata-grpc-server" }, from = ["profiles", "platform"], ports = [] },
    # The misspelt name is upstream's; another one would leave a second policy behind in an adopted installation.
    { name = "metatada-envoy", pods = { component = "metadata-envoy" }, from = ["gateway", "platform"], ports = [] },
    { name = "minio", pods = { app = "minio" }, from = ["profiles", "gateway", "platform"], ports = [] },
    { name = "ml-pipeline", pods = { app = "ml-pipeline" }, from = ["profiles", "gateway"], ports = [] },
    { name = "ml-pipeline-ui", pods = { app = "ml-pipeline-ui" }, from = ["gateway"], ports = [] },
    { name = "model-registry", pods = { component = "model-registry-server" }, from = ["profiles", "gateway"], ports = [8080, 9090] },
    { name = "poddefaults", pods = { app = "poddefaults" }, from = [], ports = [4443] },
    { name = "pvcviewer-webhook", pods = { app = "pvcviewer" }, from = [], ports = [9443] },
    { name = "seldon", pods = { control-plane = "seldon-controller-manager" }, from = [], ports = [4443] },
    { name = "spark-operator-webhook", pods = { "app.kubernetes.io/name" = "spark-operator", "app.kubernetes.io/component" = "webhook" }, from = [], ports = [9443] },
    { name = "tensorboards-web-app", pods = { app = "tensorboards-web-app" }, from = ["gateway"], ports = [5000] },
    { name = "training-operator-webhook", pods = { control-plane = "kubeflow-training-operator" }, from = [], ports = [9443] },
    { name = "volumes-web-app", pods = { app = "volumes-web-app" }, from = ["gateway", "platform"], ports = [] },
  ]
}
