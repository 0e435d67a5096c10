"""Says what Kubeflow Pipelines needs in a user's namespace.

metacontroller posts a namespace to /sync and makes what the answer lists, with rights of its own. Nothing is asked of
the cluster from here, nothing is kept between requests, and no request is refused but one that cannot be read.
"""
import base64
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENABLED = "pipelines.kubeflow.org/enabled"
STORE_SECRET = "mlpipeline-minio-artifact"
VISUALIZATION = "ml-pipeline-visualizationserver"
ARTIFACTS = "ml-pipeline-ui-artifact"


class Settings:
    """What the Deployment says in the environment."""

    def __init__(self, environment):
        self.platform = environment.get("PLATFORM_NAMESPACE", "kubeflow")
        self.frontend_image = environment["FRONTEND_IMAGE"]
        self.visualization_image = environment["VISUALIZATION_SERVER_IMAGE"]
        self.access_key = environment["MINIO_ACCESS_KEY"]
        self.secret_key = environment["MINIO_SECRET_KEY"]
        self.pipeline_root = environment.get("KFP_DEFAULT_PIPELINE_ROOT", "")
        # Only where the object store is not the platform's own.
        self.store_host = environment.get("STORE_HOST", "")
        self.store_port = environment.get("STORE_PORT", "")
        self.store_secure = environment.get("STORE_SECURE", "true")
        self.providers = environment.get("KFP_PROVIDERS", "")
        self.in_mesh = environment.get("DISABLE_ISTIO_SIDECAR", "false").lower() != "true"


def answer(request, settings):
    """The objects of the namespace that metacontroller asks about."""
    namespace = request["parent"]
    labels = namespace["metadata"].get("labels") or {}
    enabled = labels.get(ENABLED) == "true"
    return {
        # metacontroller writes it back: anything else would be a wrong status.
        "status": namespace.get("status") or {},
        "children": objects(namespace["metadata"]["name"], settings) if enabled else [],
    }


def objects(namespace, settings):
    """All of them: for the steps of runs, for viewing artifacts, for drawing them."""
    wanted = [
        made("v1", "Secret", namespace, STORE_SECRET, data=encoded(
            accesskey=settings.access_key, secretkey=settings.secret_key)),
        made("v1", "ConfigMap", namespace, "metadata-grpc-configmap", data=dict(
            METADATA_GRPC_SERVICE_HOST="metadata-grpc-service." + settings.platform,
            METADATA_GRPC_SERVICE_PORT="8080")),
        server(namespace, ARTIFACTS, settings, container=dict(
            image=settings.frontend_image,
            ports=[dict(containerPort=3000)],
            env=store_address(settings) + [
                from_secret("MINIO_ACCESS_KEY", "accesskey"),
                from_secret("MINIO_SECRET_KEY", "secretkey"),
            ],
            resources=resources(cpu=("10m", "100m"), memory=("70Mi", "500Mi")))),
        service(namespace, ARTIFACTS, port=80, target=3000),
        server(namespace, VISUALIZATION, settings, container=dict(
            image=settings.visualization_image,
            ports=[dict(containerPort=8888)],
            resources=resources(cpu=("50m", "500m"), memory=("200Mi", "1Gi")))),
        service(namespace, VISUALIZATION, port=8888, target=8888),
        made("security.istio.io/v1beta1", "AuthorizationPolicy", namespace, VISUALIZATION, spec=dict(
            selector=dict(matchLabels=dict(app=VISUALIZATION)),
            rules=[{"from": [dict(source=dict(
                principals=["cluster.local/ns/" + settings.platform + "/sa/ml-pipeline"]))]}])),
    ]
    if settings.in_mesh:
        wanted.append(made("networking.istio.io/v1alpha3", "DestinationRule", namespace, VISUALIZATION, spec=dict(
            host=VISUALIZATION, trafficPolicy=dict(tls=dict(mode="ISTIO_MUTUAL")))))
    if settings.pipeline_root:
        launcher = dict(defaultPipelineRoot=settings.pipeline_root)
        if settings.providers:
            launcher["providers"] = settings.providers
        wanted.append(made("v1", "ConfigMap", namespace, "kfp-launcher", data=launcher))
    return wanted


def store_address(settings):
    """Where the web application finds the object store: the platform's own by its Service's namespace."""
    if not settings.store_host:
        return [dict(name="MINIO_NAMESPACE", value=settings.platform)]
    return [
        # Without a namespace the host is a whole name.
        dict(name="MINIO_NAMESPACE", value=""),
        dict(name="MINIO_HOST", value=settings.store_host),
        dict(name="MINIO_PORT", value=settings.store_port),
        dict(name="MINIO_SSL", value=settings.store_secure),
    ]


def made(version, kind, namespace, name, labels=None, **fields):
    """An object of a kind, with its fields beside the metadata."""
    metadata = dict(namespace=namespace, name=name)
    if labels:
        metadata["labels"] = labels
    return dict(apiVersion=version, kind=kind, metadata=metadata, **fields)


def server(namespace, name, settings, container):
    """One pod of the user's own ServiceAccount: it may do what the user may."""
    labels = dict(app=name)
    metadata = dict(labels=labels)
    if not settings.in_mesh:
        metadata["annotations"] = {"sidecar.istio.io/inject": "false"}
    return made("apps/v1", "Deployment", namespace, name, labels=labels, spec=dict(
        selector=dict(matchLabels=labels),
        template=dict(metadata=metadata, spec=dict(
            serviceAccountName="default-editor",
            containers=[dict(name=name, imagePullPolicy="IfNotPresent", **container)]))))


def service(namespace, name, port, target):
    return made("v1", "Service", namespace, name, labels=dict(app=name), spec=dict(
        type="ClusterIP",
        selector=dict(app=name),
        ports=[dict(name="http", port=port, targetPort=target, protocol="TCP")]))


def from_secret(variable, key):
    return dict(name=variable, valueFrom=dict(secretKeyRef=dict(name=STORE_SECRET, key=key)))


def resources(cpu, memory):
    """Requests and limits; namespaces with a quota take no pod without them."""
    return dict(requests=dict(cpu=cpu[0], memory=memory[0]), limits=dict(cpu=cpu[1], memory=memory[1]))


def encoded(**values):
    return dict((key, base64.b64encode(value.encode()).decode()) for key, value in values.items())


class Handler(BaseHTTPRequestHandler):
    """POST /sync for metacontroller, GET for the probe."""

    settings = None

    def do_GET(self):
        self.reply(200, dict(ready=True))

    def do_POST(self):
        try:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            response = answer(request, self.settings)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # The type only: the text may quote the request.
            self.log_error("cannot read the request: %s", type(error).__name__)
            self.reply(400, dict(error="not a request of metacontroller"))
            return
        self.log_message("%s: %d objects", request["parent"]["metadata"]["name"], len(response["children"]))
        self.reply(200, response)

    def reply(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_request(self, code="-", size="-"):
        """Probes come every few seconds; what is worth a line is logged where it happens."""


if __name__ == "__main__":
    try:
        Handler.settings = Settings(os.environ)
    except KeyError as missing:
        sys.exit("The environment has no " + missing.args[0] + ".")
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
