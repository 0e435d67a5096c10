"""The same objects by bare requests: what a program that computes nothing would take on the same server. Definitions and
namespaces first, a wait until they are served, then the rest; a LIST of each kind; a DELETE of each object.

Readiness is not waited for. Webhooks come last, so that nothing of this asks them."""

import base64
import http.client
import json
import os
import re
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

# As many as the product has on their way: applies, and LISTs.
APPLIES, LISTS = 16, 8
MANAGER = "bare"


class Server:
    """A server of a kubeconfig; each thread has a connection of its own, which it keeps."""

    def __init__(self, environment):
        text = subprocess.run(
            ["kubectl", "config", "view", "--raw", "--minify", "--flatten", "-o", "json"],
            env=environment, capture_output=True, check=True, text=True,
        ).stdout
        config = json.loads(text)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        address = urllib.parse.urlsplit(cluster["server"])
        self.place = (address.hostname, address.port or 443)
        self.context = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        self.headers = {"Accept": "application/json"}
        if "token" in user:
            self.headers["Authorization"] = f"Bearer {user['token']}"
        if "client-certificate-data" in user:
            with tempfile.NamedTemporaryFile() as pair:
                pair.write(base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"]))
                pair.flush()
                self.context.load_cert_chain(pair.name)
        self.local = threading.local()
        self.count = 0

    def send(self, method, path, body=None, content=None):
        """Status and body of the answer."""
        self.count += 1
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPSConnection(*self.place, context=self.context, timeout=60)
        headers = {**self.headers, **({"Content-Type": content} if content else {})}
        self.local.connection.request(method, path, body=body, headers=headers)
        answer = self.local.connection.getresponse()
        return answer.status, answer.read()

    def kinds(self):
        """(apiVersion, kind) to (path of the version, plural, namespaced), of all that is served now."""
        found = {}
        groups = json.loads(self.send("GET", "/apis")[1])["groups"]
        versions = [("/api/v1", "v1")]
        versions += [(f"/apis/{v['groupVersion']}", v["groupVersion"]) for group in groups for v in group["versions"]]
        with ThreadPoolExecutor(LISTS) as pool:
            for (path, version), (status, body) in zip(versions, pool.map(lambda v: self.send("GET", v[0]), versions)):
                for one in json.loads(body).get("resources", []) if status == 200 else []:
                    if "/" not in one["name"]:
                        found[version, one["kind"]] = (path, one["name"], one["namespaced"])
        return found


class Document:
    """An object as its YAML; only what a path needs is read of it."""

    def __init__(self, text):
        self.text = text
        field = lambda pattern: next(iter(re.findall(pattern, text, re.M)), "").strip("\"'")
        self.version, self.kind = field(r"^apiVersion: (.+)$"), field(r"^kind: (.+)$")
        metadata = (re.search(r"^metadata:\n((?:  .*\n?)*)", text, re.M) or re.search("()", "")).group(1)
        inner = lambda name: next(iter(re.findall(rf"^  {name}: (.+)$", metadata, re.M)), "").strip("\"'")
        self.name, self.namespace = inner("name"), inner("namespace")

    def path(self, kinds):
        version, plural, namespaced = kinds[self.version, self.kind]
        within = f"/namespaces/{self.namespace or 'default'}" if namespaced else ""
        return f"{version}{within}/{plural}/{urllib.parse.quote(self.name)}"


def measure(rendered, environment, row):
    """Tells each part by `row(what, requests, seconds)`."""
    server = Server(environment)
    with open(rendered) as file:
        documents = [Document(text) for text in file.read().split("---\n") if text.strip()]
    first = [one for one in documents if one.kind in ("CustomResourceDefinition", "Namespace")]
    last = [one for one in documents if one.kind.endswith("WebhookConfiguration")]
    rest = [one for one in documents if one not in first and one not in last]
    applies = ThreadPoolExecutor(APPLIES)

    def timed(what, work):
        begun, count = time.monotonic(), server.count
        work()
        took = time.monotonic() - begun
        row(what, server.count - count, took)
        return took

    def store(some, kinds):
        def one(document):
            for _ in range(100):
                path = f"{document.path(kinds)}?fieldManager={MANAGER}&force=true"
                status, body = server.send("PATCH", path, document.text.encode(), "application/apply-patch+yaml")
                if status < 300:
                    return
                time.sleep(0.05)
            raise SystemExit(f"{document.kind} {document.name}: {status} {body[:300]}")
        list(applies.map(one, some))

    wanted = {(one.version, one.kind) for one in documents}

    def until_served():
        while not wanted <= set(server.kinds()):
            time.sleep(0.05)

    took = timed("bare requests: definitions and namespaces", lambda: store(first, server.kinds()))
    took += timed("bare requests: until they are served", until_served)
    kinds = server.kinds()
    took += timed("bare requests: the rest", lambda: store(rest + last, kinds))
    row("bare requests: all of the first apply", 0, took)
    paths = {"{}/{}".format(*kinds[one][:2]) for one in wanted}

    def lists():
        with ThreadPoolExecutor(LISTS) as pool:
            list(pool.map(lambda path: server.send("GET", path), sorted(paths)))

    lists()
    timed("bare requests: a LIST of each kind, 8 at once", lists)

    def delete():
        ways = [one.path(kinds) for one in last + rest[::-1] + first[::-1]]
        list(applies.map(lambda path: server.send("DELETE", path), ways))
        gone = lambda path: server.send("GET", path)[0] == 404
        while not all(applies.map(gone, ways)):
            time.sleep(0.1)

    timed("bare requests: a DELETE of each object, until all are gone", delete)


if __name__ == "__main__":
    import sys

    measure(sys.argv[1], dict(os.environ), lambda what, requests, took: print(f"{what}: {requests} requests, {took:.2f} s"))
