"""Says what Kubeflow Pipelines needs in a user's namespace.

metacontroller posts a namespace to /sync and makes what the answer lists, with rights of its own. Nothing is asked of
the cluster from here, and nothing is kept between requests. The object store is asked for keys of the namespace's own,
where it makes such: without them there is no answer, and metacontroller comes again.

Before Pipelines 2.5 a CompositeController asks: it sends a parent and wants children; since then a DecoratorController,
which sends an object and wants attachments, and pods keep to what restricted namespaces allow.
"""
import base64
import datetime
import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENABLED = "pipelines.kubeflow.org/enabled"
STORE_SECRET = "mlpipeline-minio-artifact"
VISUALIZATION = "ml-pipeline-visualizationserver"
ARTIFACTS = "ml-pipeline-ui-artifact"
BUCKET = "mlpipeline"


class Settings:
    """What the Deployment says in the environment."""

    def __init__(self, environment):
        self.platform = environment.get("PLATFORM_NAMESPACE", "kubeflow")
        self.frontend_image = environment["FRONTEND_IMAGE"]
        # Later versions have neither server in users' namespaces; the one of artifacts can be asked for.
        self.visualization_image = environment.get("VISUALIZATION_SERVER_IMAGE", "")
        self.artifact_server = environment.get("ARTIFACTS_PROXY_ENABLED", str(bool(self.visualization_image))).lower() == "true"
        self.access_key = environment.get("AWS_ACCESS_KEY_ID") or environment["MINIO_ACCESS_KEY"]
        self.secret_key = environment.get("AWS_SECRET_ACCESS_KEY") or environment["MINIO_SECRET_KEY"]
        self.pipeline_root = environment.get("KFP_DEFAULT_PIPELINE_ROOT", "")
        # Only where the object store makes keys.
        self.accounts = environment.get("AWS_ENDPOINT_URL", "")
        self.store = environment.get("S3_ENDPOINT_URL", "")
        self.region = environment.get("AWS_REGION", "us-east-1")
        self.retention_days = int(environment.get("ARTIFACT_RETENTION_DAYS") or -1)
        # Only where the object store is not the platform's own.
        self.store_host = environment.get("STORE_HOST", "")
        self.store_port = environment.get("STORE_PORT", "")
        self.store_secure = environment.get("STORE_SECURE", "true")
        self.providers = environment.get("KFP_PROVIDERS", "")
        self.in_mesh = environment.get("DISABLE_ISTIO_SIDECAR", "false").lower() != "true"


def answer(request, settings):
    """The objects of the namespace that metacontroller asks about."""
    is_early = "parent" in request
    namespace = request["parent" if is_early else "object"]
    labels = namespace["metadata"].get("labels") or {}
    wanted = []
    if labels.get(ENABLED) == "true":
        name = namespace["metadata"]["name"]
        if settings.accounts and settings.retention_days > 0:
            limit_age(settings)
        wanted = objects(name, keys(name, request.get("attachments") or {}, settings), settings, is_early)
    if is_early:
        # metacontroller writes the status back: anything else would be a wrong one.
        return {"status": namespace.get("status") or {}, "children": wanted}
    # Without `status` metacontroller leaves the namespace's as it is.
    return {"attachments": wanted}


def keys(namespace, attachments, settings):
    """The namespace's keys for the object store: those it has, its own, or the platform's where the store makes none."""
    for secret in (attachments.get("Secret.v1") or {}).values():
        data = secret.get("data") or {}
        if secret["metadata"]["name"] == STORE_SECRET and data.get("accesskey") and data.get("secretkey"):
            return data
    if not settings.accounts:
        return encoded(accesskey=settings.access_key, secretkey=settings.secret_key)
    return account(namespace, settings)


def objects(namespace, store_keys, settings, is_early):
    """All of them: for the steps of runs, for viewing artifacts, for drawing them."""
    wanted = [
        made("v1", "Secret", namespace, STORE_SECRET, data=store_keys),
        made("v1", "ConfigMap", namespace, "metadata-grpc-configmap", data=dict(
            METADATA_GRPC_SERVICE_HOST="metadata-grpc-service." + settings.platform,
            METADATA_GRPC_SERVICE_PORT="8080")),
    ]
    if settings.artifact_server:
        wanted += [
            server(namespace, ARTIFACTS, settings, is_early, container=dict(
                image=settings.frontend_image,
                ports=[dict(containerPort=3000)],
                env=store_address(settings) + [
                    from_secret("MINIO_ACCESS_KEY", "accesskey"),
                    from_secret("MINIO_SECRET_KEY", "secretkey"),
                ] + place(namespace, settings),
                resources=resources(cpu=("10m", "100m"), memory=("70Mi", "500Mi")))),
            service(namespace, ARTIFACTS, port=80, target=3000),
        ]
    if settings.visualization_image:
        wanted += [
            server(namespace, VISUALIZATION, settings, is_early, container=dict(
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
    root = settings.pipeline_root
    if not root and settings.accounts:
        # Where the namespace's own keys may write.
        root = "minio://%s/private-artifacts/%s/v2/artifacts" % (BUCKET, namespace)
    if root:
        launcher = dict(defaultPipelineRoot=root)
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


def place(namespace, settings):
    """What a server of artifacts asks about itself since there is none of visualizations: whose keys it reads, and who says
    what may be seen."""
    if settings.visualization_image:
        return []
    return [
        dict(name="FRONTEND_SERVER_NAMESPACE", value=namespace),
        dict(name="ML_PIPELINE_SERVICE_HOST", value="ml-pipeline." + settings.platform + ".svc.cluster.local"),
        dict(name="ML_PIPELINE_SERVICE_PORT", value="8888"),
    ]


def made(version, kind, namespace, name, labels=None, **fields):
    """An object of a kind, with its fields beside the metadata."""
    metadata = dict(namespace=namespace, name=name)
    if labels:
        metadata["labels"] = labels
    return dict(apiVersion=version, kind=kind, metadata=metadata, **fields)


def server(namespace, name, settings, is_early, container):
    """One pod of the user's own ServiceAccount: it may do what the user may."""
    labels = dict(app=name)
    outside = {} if settings.in_mesh else {"sidecar.istio.io/inject": "false"}
    metadata = dict(labels=labels) if is_early else dict(labels={**outside, **labels})
    if is_early and outside:
        metadata["annotations"] = outside
    pod = dict(serviceAccountName="default-editor")
    if not is_early:
        pod["securityContext"] = dict(seccompProfile=dict(type="RuntimeDefault"))
        container["securityContext"] = dict(
            allowPrivilegeEscalation=False, capabilities=dict(drop=["ALL"]),
            runAsNonRoot=True, runAsUser=1000, runAsGroup=0)
    return made("apps/v1", "Deployment", namespace, name, labels=labels, spec=dict(
        selector=dict(matchLabels=labels),
        template=dict(metadata=metadata, spec=dict(
            containers=[dict(name=name, imagePullPolicy="IfNotPresent", **container)], **pod))))


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


def account(namespace, settings):
    """Keys that reach what is the namespace's alone, what all share, and, to read, what was written before there were any."""
    if not manage(settings, "GetUser", UserName=namespace, may_lack=True):
        manage(settings, "CreateUser", UserName=namespace)
    own = ["private-artifacts/" + namespace, "private/" + namespace, "shared"]
    manage(settings, "PutUserPolicy", UserName=namespace, PolicyName=namespace, PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            allow(["s3:Get*", "s3:List*", "s3:Put*", "s3:Tagging*"], own),
            allow(["s3:Get*", "s3:List*"], ["artifacts", "v2/artifacts"]),
        ],
    }))
    text = manage(settings, "CreateAccessKey", UserName=namespace)
    found = dict((element.tag.split("}")[-1], element.text) for element in xml.etree.ElementTree.fromstring(text).iter())
    return encoded(accesskey=found["AccessKeyId"], secretkey=found["SecretAccessKey"])


def allow(actions, folders):
    return dict(Effect="Allow", Action=actions, Resource=["arn:aws:s3:::%s/%s/*" % (BUCKET, folder) for folder in folders])


def limit_age(settings):
    """Has the object store remove artifacts by themselves. The bucket has one such setting: this writes all of it."""
    rule = "<ID>artifacts</ID><Status>Enabled</Status><Filter><Prefix>private-artifacts/</Prefix></Filter>"
    rule += "<Expiration><Days>%d</Days></Expiration>" % settings.retention_days
    body = "<LifecycleConfiguration><Rule>%s</Rule></LifecycleConfiguration>" % rule
    send(settings, "s3", "PUT", settings.store + "/" + BUCKET + "?lifecycle=", body, "application/xml")


def manage(settings, action, may_lack=False, **parameters):
    """Asks the interface for accounts; `None` for what is not there, if it may lack."""
    body = urllib.parse.urlencode(dict(Action=action, Version="2010-05-08", **parameters))
    try:
        return send(settings, "iam", "POST", settings.accounts + "/", body, "application/x-www-form-urlencoded; charset=utf-8")
    except urllib.error.HTTPError as error:
        if may_lack and error.code == 404:
            return None
        raise


def send(settings, name, method, url, body, kind):
    """A request that is signed as AWS wants it."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    body = body.encode()
    headers = {
        "content-type": kind,
        "host": urllib.parse.urlsplit(url).netloc,
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-date": now,
    }
    scope = "/".join([now[:8], settings.region, name, "aws4_request"])
    signed = ";".join(sorted(headers))
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        settings.access_key, scope, signed, signature(settings.secret_key, scope, method, url, headers, headers["x-amz-content-sha256"]))
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()


def signature(secret, scope, method, url, headers, digest):
    """The fourth version of AWS' signatures."""
    parts = urllib.parse.urlsplit(url)
    lines = [method, parts.path, parts.query]
    lines += [key + ":" + headers[key] for key in sorted(headers)]
    lines += ["", ";".join(sorted(headers)), digest]
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """POST /sync for metacontroller, GET for the probe."""

    settings = None

    def do_GET(self):
        self.reply(200, dict(ready=True))

    def do_POST(self):
        try:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            response = answer(request, self.settings)
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            # The type only: the text may quote keys.
            self.log_error("the object store made no keys: %s", type(error).__name__)
            self.reply(503, dict(error="the object store made no keys"))
            return
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # The type only: the text may quote the request.
            self.log_error("cannot read the request: %s", type(error).__name__)
            self.reply(400, dict(error="not a request of metacontroller"))
            return
        namespace, made_of_it = request.get("parent") or request["object"], response.get("children") or response.get("attachments")
        self.log_message("%s: %d objects", namespace["metadata"]["name"], len(made_of_it or []))
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
