component {
  title       = "KEDA"
  description = "Scales workloads by what waits for them: ScaledObject and ScaledJob. KServe uses it for inference services that ask for the autoscaler keda."
  goes_out    = ["keda-operator"]
  replicated  = ["keda-operator", "keda-admission", "keda-operator-metrics-apiserver"]
  namespace   = "keda"
  requires    = ["cert-manager"]
  editions    = []
}

variable "log_level" {
  description = "debug, info or error."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["debug", "info", "error"], var.log_level)
    error_message = "The log level is debug, info or error."
  }
}
variable "memory" {
  description = "Memory limit of each of the three programs."
  type        = string
  default     = "1000Mi"
}

locals {
  later   = tonumber(split(".", component.version)[1]) >= 19
  log     = ["--zap-log-level=${var.log_level}", "--zap-encoder=console", "--zap-time-encoding=rfc3339"]
  latest  = tonumber(split(".", component.version)[1]) >= 20
  domain  = platform.domain
  timeout = [{ name = "KEDA_HTTP_DEFAULT_TIMEOUT", value = "3000" }, { name = "KEDA_HTTP_MIN_TLS_VERSION", value = "TLS12" }]
  tls = local.latest ? [
    { name = "KEDA_HTTP_TLS_CIPHER_LIST", value = "" },
    { name = "KEDA_SERVICE_MIN_TLS_VERSION", value = "TLS13" },
    { name = "KEDA_SERVICE_TLS_CIPHER_LIST", value = "" },
  ] : []
  everywhere = { name = "WATCH_NAMESPACE", value = "" }
  pod        = { name = "POD_NAME", valueFrom = { fieldRef = { fieldPath = "metadata.name" } } }
  namespace  = { name = "POD_NAMESPACE", valueFrom = { fieldRef = { fieldPath = "metadata.namespace" } } }

  programs = [
    {
      name    = "keda-operator"
      account = "keda-operator"
      command = "/keda"
      image   = image.operator
      args = concat(
        ["--leader-elect", "--disable-compression=true"],
        local.log,
        # cert-manager makes the certificate.
        [
          "--enable-webhook-patching=false", "--cert-dir=/certs", "--enable-cert-rotation=false", "--cert-secret-name=kedaorg-certs",
          "--operator-service-name=keda-operator", "--metrics-server-service-name=keda-operator-metrics-apiserver",
          "--webhooks-service-name=keda-admission-webhooks", "--k8s-cluster-name=kubernetes-default",
          "--k8s-cluster-domain=${local.domain}", "--enable-prometheus-metrics=false",
        ],
        local.latest ? ["--http-max-idle-conns=0", "--http-max-idle-conns-per-host=1000", "--http-idle-conn-timeout=90s"] : [],
      )
      env    = concat([local.everywhere, local.pod, local.namespace, { name = "OPERATOR_NAME", value = "keda-operator" }], local.timeout, local.tls)
      ports  = [{ name = "metricsservice", containerPort = 9666, protocol = "TCP" }]
      health = { port = 8081 }
      delays = [25, 20]
    },
    {
      name    = "keda-operator-metrics-apiserver"
      account = "keda-metrics-server"
      command = "/keda-adapter"
      image   = image.metrics_server
      args = concat(
        [
          "--port=8080", "--secure-port=6443", "--logtostderr=true", "--stderrthreshold=ERROR", "--disable-compression=true",
          "--metrics-service-address=keda-operator.${component.namespace}.svc.${local.domain}:9666", "--client-ca-file=/certs/ca.crt",
          "--tls-cert-file=/certs/tls.crt", "--tls-private-key-file=/certs/tls.key", "--cert-dir=/certs", "--v=0",
        ],
        local.later ? local.log : [],
      )
      env    = concat([local.everywhere, local.namespace], local.timeout, local.tls)
      ports  = [{ name = "https", containerPort = 6443, protocol = "TCP" }, { name = "metrics", containerPort = 8080, protocol = "TCP" }]
      health = { port = 6443, scheme = "HTTPS" }
      delays = [5, 5]
    },
    {
      name    = "keda-admission-webhooks"
      account = "keda-webhook"
      command = "/keda-admission-webhooks"
      image   = image.webhooks
      args    = concat(local.log, ["--cert-dir=/certs", "--health-probe-bind-address=:8081", "--metrics-bind-address=:8080"])
      env     = [local.everywhere, local.pod, local.namespace]
      ports   = [{ name = "http", containerPort = 9443, protocol = "TCP" }]
      health  = { port = 8081 }
      delays  = [25, 20]
    },
  ]
  webhooks = concat(
    [
      { name = "vscaledobject", group = "keda.sh", kind = "scaledobject" },
      { name = "vstriggerauthentication", group = "keda.sh", kind = "triggerauthentication" },
      { name = "vsclustertriggerauthentication", group = "keda.sh", kind = "clustertriggerauthentication" },
    ],
    local.later ? [
      { name = "vscaledjob", group = "keda.sh", kind = "scaledjob" },
      { name = "vcloudeventsource", group = "eventing.keda.sh", kind = "cloudeventsource" },
      { name = "vclustercloudeventsource", group = "eventing.keda.sh", kind = "clustercloudeventsource" },
    ] : [],
  )
}
