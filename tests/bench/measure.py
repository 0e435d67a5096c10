"""Runs the commands that tests/bench/run measures, and prints one markdown table.

Peak memory is the kernel's count for each process (ru_maxrss); requests are what the program counts itself."""

import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import bare

root, work, servers = sys.argv[1], sys.argv[2], sys.argv[3].split()
program = os.path.join(root, "target/release/stackwright")
rows = []


def run(words, directory, environment, stdin=None, allowed=(0,)):
    """Seconds, peak memory in MB, output of a command that must end with one of the allowed codes."""
    begun = time.monotonic()
    out = open(os.path.join(work, "out"), "w+")
    child = subprocess.Popen(words, cwd=directory, env=environment, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=out)
    _, status, usage = os.wait4(child.pid, 0)
    took = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    out.seek(0)
    text = out.read()
    if child.returncode not in allowed:
        sys.exit(f"{' '.join(words)} ended with {child.returncode}:\n{text[-3000:]}")
    return took, usage.ru_maxrss / 1024, text


def row(server, what, took, memory, text):
    found = re.search(r"^cluster\.main: (\d+) requests", text, re.M)
    requests = found.group(1) if found else "–"
    rows.append(f"| {server} | {what} | {requests} | {took:.2f} s | {memory:.0f} MB |")
    print(rows[-1], file=sys.stderr, flush=True)


def users(first, last):
    block = (
        'user "person-{n}" {{\n  platform = platform.ml\n  email    = "person-{n}@example.com"\n'
        '  hash     = "$2y$12$abcdefghijklmnopqrstuuI9EaTRh8sX0h6AlpZXbzWVmCnGnFNyO"\n\n  profile {{}}\n}}\n'
    )
    return "".join(block.format(n=n) for n in range(first, last))


def measure(server, directory, environment, others):
    """`others` measure the same objects on the empty server."""
    def ours(what, *words):
        row(server, what, *run([program, *words, "--log", "debug"], directory, environment))

    def add(first, last):
        with open(os.path.join(directory, "main.hcl"), "a") as file:
            file.write(users(first, last))

    apply = ("apply", "--auto-approve")
    ours("first apply until everything is ready", *apply)
    ours("plan that finds nothing", "plan")
    ours("destroy", "destroy", "--auto-approve")
    others()
    ours("apply again, definitions and all", *apply)
    known = 0
    for size in (1, 100, 1000):
        if size - 1 > known:
            add(known, size - 1)
            ours(f"{size - 1 - known} more users at once", *apply)
        add(size - 1, size)
        ours(f"one more user, the {size}.", *apply)
        known = size
    ours("plan that finds nothing, 1,000 users", "plan")
    ours("destroy, 1,000 users", "destroy", "--auto-approve")


def fifty(environment):
    directory = os.path.join(work, "fifty")
    os.mkdir(directory)
    with open(os.path.join(directory, "main.hcl"), "w") as file:
        file.write(
            'stackwright {\n  installation = "fifty"\n}\n\nlocals {\n  names = toset([for n in range(50) : "c${n}"])\n}\n\n'
            'cluster "c" {\n  for_each = local.names\n  provider = sandbox\n}\n\nstorage_class "fast" {\n'
            '  for_each    = local.names\n  cluster     = cluster.c[each.key]\n  provisioner = "example.com/disk"\n}\n'
        )
    row("embedded sandbox", "fifty clusters with a storage class each", *run([program, "apply", "--auto-approve"], directory, environment))
    row("embedded sandbox", "plan of fifty clusters that finds nothing", *run([program, "plan"], directory, environment))


def peers(directory, environment):
    rendered = os.path.join(work, "rendered.yaml")
    with open(rendered, "w") as file:
        subprocess.run([program, "render"], cwd=directory, env=environment, stdout=file, check=True)
    said = lambda what, requests, took: row("real kube-apiserver", what, took, 0, f"cluster.main: {requests} requests")
    bare.measure(rendered, environment, said)
    text = open(rendered).read()
    # What a person would have to do himself: definitions and namespaces first, then wait, then the rest.
    documents = [one for one in text.split("---\n") if one.strip()]
    is_first = lambda one: re.search(r"^kind: (CustomResourceDefinition|Namespace)$", one, re.M)
    parts = {"first": filter(is_first, documents), "rest": (one for one in documents if not is_first(one))}
    paths = {}
    for name, part in parts.items():
        paths[name] = os.path.join(work, f"{name}.yaml")
        with open(paths[name], "w") as file:
            file.write("---\n".join(part))
    kubectl = ["kubectl", "apply", "--server-side", "--force-conflicts", "-f"]
    total, memory = 0.0, 0.0
    for words in (
        [*kubectl, paths["first"]],
        ["kubectl", "wait", "--for", "condition=Established", "crd", "--all", "--timeout", "60s"],
        # Webhooks do not serve at once: the usual answer is to try again until it works.
        [*kubectl, paths["rest"]],
    ):
        for _ in range(20):
            took, peak, text = run(words, directory, environment, allowed=(0, 1))
            total, memory = total + took, max(memory, peak)
            if "rror" not in text:
                break
            time.sleep(2)
            total += 2
    row("real kube-apiserver", "kubectl apply --server-side, tried until it succeeds, without waiting for readiness", total, memory, "")
    took, memory, _ = run(["kubectl", "diff", "--server-side", "--force-conflicts", "-f", rendered], directory, environment, allowed=(0, 1, 2))
    row("real kube-apiserver", "kubectl diff --server-side", took, memory, "")
    if shutil.which("kapp"):
        for what, *words in (
            ("kapp deploy --diff-run", "deploy", "-y", "-a", "bench", "-f", rendered, "--diff-run"),
            ("kapp deploy, of what is there already", "deploy", "-y", "-a", "bench", "-f", rendered),
            ("kapp delete", "delete", "-y", "-a", "bench"),
            ("kapp deploy, until it is content", "deploy", "-y", "-a", "bench", "-f", rendered),
            ("kapp delete", "delete", "-y", "-a", "bench"),
        ):
            took, memory, text = run(["kapp", *words], directory, environment, allowed=range(256))
            how = "" if re.search(r"^Succeeded$", text, re.M) else f" ({text.strip().splitlines()[-1][:100]})"
            row("real kube-apiserver", what + how, took, memory, "")


for server in servers:
    directory = os.path.join(work, server)
    example = "quickstart" if server == "sandbox" else "mini-existing-cluster"
    shutil.copytree(os.path.join(root, "examples", example), directory, ignore=shutil.ignore_patterns(".stackwright"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STACKWRIGHT_")}
    environment["HOME"] = work
    environment["STACKWRIGHT_VAR_admin_password"] = "correct horse battery"
    if server == "real":
        environment["KUBECONFIG"] = os.path.join(work, "kubeconfig")
        has_peers = shutil.which("kubectl")
        measure("real kube-apiserver", directory, environment, lambda: has_peers and peers(directory, environment))
    else:
        environment.pop("KUBECONFIG", None)
        measure("embedded sandbox", directory, environment, lambda: None)
        fifty(environment)

print("| server | what | requests | wall | peak memory |\n|---|---|---|---|---|")
print("\n".join(rows))
