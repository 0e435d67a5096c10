component {
  title       = "Network policies"
  description = "Who may open connections to the platform's pods: default deny from other namespaces, then one rule a service."
  namespace   = "kubeflow"
  requires    = ["kubeflow"]
  editions    = ["mini", "enterprise"]
}

locals {
  # One row a policy. `pods` or `labels` select what is guarded. `from` says who may connect, in this order: "profiles" (the users'
  # namespaces), "gateway" (istio-system), "platform" (pods of this namespace); empty is everybody, which is what a webhook
  # needs because the API server has no pod address. `ports` limits the ports; empty is all of them.
  # A policy without pods to guard has no effect, so components that come later find theirs in place.
  # `since` and `until` are releases: the first that has it, and the first that has it no more.
  always   = { since = "0", until = "99", namespace = component.namespace }
  policies = [for policy in local.all : merge(local.always, policy) if policy.name != "minio" || contains(enabled, "pipelines-object-store")]
  all = [
    { name = "cache-server", pods = { app = "cache-server" }, from = [], ports = [8443] },
    { name = "centraldashboard", pods = { app = "centraldashboard" }, from = ["gateway", "platform"], ports = [], until = "26.03.1" },
    { name = "dashboard", labels = { app = "kubeflow-dashboard", "app.kubernetes.io/component" = "dashboard" }, from = ["gateway", "platform"], ports = [], since = "26.03.1" },
    { name = "jupyter-web-app", pods = { app = "jupyter-web-app" }, from = ["gateway", "platform"], ports = [] },
    { name = "katib-controller", pods = { "katib.kubeflow.org/component" = "controller" }, from = [], ports = [8443] },
    { name = "katib-db-manager", pods = { "katib.kubeflow.org/component" = "db-manager" }, from = ["profiles", "platform"], ports = [] },
    { name = "katib-ui", pods = { "katib.kubeflow.org/component" = "ui" }, from = ["gateway"], ports = [] },
    { name = "kserve", pods = { control-plane = "kserve-controller-manager" }, from = [], ports = [9443] },
    { name = "kserve-models-web-app", pods = { "app.kubernetes.io/component" = "kserve-models-web-app" }, from = ["gateway"], ports = [], until = "26.03.1" },
    { name = "kserve-models-web-application", pods = { "app.kubernetes.io/component" = "kserve-models-web-application" }, from = ["gateway"], ports = [], since = "26.03.1" },
    { name = "metadata-grpc-server", pods = { component = "metadata-grpc-server" }, from = ["profiles", "platform"], ports = [] },
    # The misspelt name is upstream's; another one would leave a second policy behind in an adopted installation.
    { name = "metatada-envoy", pods = { component = "metadata-envoy" }, from = ["gateway", "platform"], ports = [] },
    { name = "minio", pods = { app = "minio" }, from = ["profiles", "gateway", "platform"], ports = [], until = "26.03" },
    { name = "ml-pipeline", pods = { app = "ml-pipeline" }, from = ["profiles", "gateway"], ports = [] },
    { name = "ml-pipeline-ui", pods = { app = "ml-pipeline-ui" }, from = ["gateway"], ports = [] },
    { name = "model-catalog", pods = { component = "model-catalog-server" }, from = ["profiles", "gateway"], ports = [8080], since = "1.11", until = "26.03.1" },
    { name = "model-catalog", labels = { "app.kubernetes.io/name" = "model-catalog", "app.kubernetes.io/component" = "server" }, from = ["profiles", "gateway"], ports = [8080], since = "26.03.1" },
    { name = "model-registry", pods = { component = "model-registry-server" }, from = ["profiles", "gateway"], ports = [8080, 9090], until = "1.11" },
    { name = "model-registry", pods = { component = "model-registry-server" }, from = ["profiles", "gateway"], ports = [8080], since = "1.11" },
    { name = "model-registry-ui", pods = { app = "model-registry-ui" }, from = ["gateway", "platform"], ports = [], since = "1.10" },
    { name = "poddefaults", pods = { app = "poddefaults" }, from = [], ports = [4443], until = "26.03.1" },
    { name = "poddefaults", labels = { app = "poddefaults", "app.kubernetes.io/component" = "poddefaults" }, from = [], ports = ["https-webhook"], since = "26.03.1" },
    { name = "profiles-kfam", labels = { app = "profile-controller", "app.kubernetes.io/component" = "controller-manager" }, from = ["gateway", "platform"], ports = ["http-kfam"], since = "26.03.1" },
    { name = "pvcviewer-webhook", pods = { app = "pvcviewer" }, from = [], ports = [9443] },
    { name = "seldon", pods = { control-plane = "seldon-controller-manager" }, from = [], ports = [4443], until = "1.10" },
    { name = "spark-operator-webhook", pods = { "app.kubernetes.io/name" = "spark-operator", "app.kubernetes.io/component" = "webhook" }, from = [], ports = [9443] },
    { name = "tensorboards-web-app", pods = { app = "tensorboards-web-app" }, from = ["gateway"], ports = [5000] },
    { name = "training-operator-webhook", pods = { control-plane = "kubeflow-training-operator" }, from = [], ports = [9443] },
    { name = "volumes-web-app", pods = { app = "volumes-web-app" }, from = ["gateway", "platform"], ports = [] },

    # 1.11 upstream has these in the wrong namespace, where they guard nothing. Pods of a mesh carry the label.
    { name = "default-allow-same-namespace-kubeflow-system", namespace = "kubeflow-system", labels = {}, from = ["platform"], ports = [], since = "26.03" },
    { name = "jobset-webhook", namespace = "kubeflow-system", labels = { "service.istio.io/canonical-name" = "jobset-controller-manager" }, from = [], ports = [9443], since = "26.03", until = "26.03.1" },
    { name = "jobset-webhook", namespace = "kubeflow-system", labels = { "app.kubernetes.io/name" = "jobset", control-plane = "controller-manager" }, from = [], ports = [9443], since = "26.03.1" },
    { name = "trainer-webhook", namespace = "kubeflow-system", labels = { "service.istio.io/canonical-name" = "trainer" }, from = [], ports = [9443], since = "26.03" },
  ]
}
