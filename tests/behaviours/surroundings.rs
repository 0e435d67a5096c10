//! What a plan finds around an installation that would let an apply wait in vain: namespaces of others or on their way out,
//! another DNS domain.

use serde_json::Value;
use serde_json::json;

use crate::program::Answer;
use crate::program::Directory;
use crate::server::Server;
use crate::server::behaviours;

behaviours!(
    a_namespace_of_somebody_else_is_told_before_it_is_waited_for,
    a_namespace_that_is_being_deleted_is_told_with_what_holds_it,
    another_dns_domain_is_told_with_what_to_write,
);

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";

/// The small installation whose widget becomes a namespace, `NAME-one`, of an owner.
fn with_tenant(server: &Server, name: &str) -> Directory {
    let directory = server.small(name);
    directory.replace(
        "x/templates/cluster.yaml",
        "                size:\n",
        "                owner: {type: string}\n                size:\n",
    );
    directory.replace(
        "x/templates/cluster.yaml",
        "spec:\n  size: 1\n",
        "spec:\n  owner: alice@example.com\n  size: 1\n",
    );
    directory.replace(
        "x/module.hcl",
        "  description",
        &format!(
            "  readiness \"Widget.{name}.example.com\" {{\n    holds            = \"Namespace {{namespace}}-{{name}}\"\n    \
             owner_annotation = \"owner\"\n    owner_field      = \"spec.owner\"\n  }}\n  description"
        ),
    );
    directory
}

/// Words of a message, however its lines are broken.
fn words(answer: &Answer) -> String {
    answer.stderr.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ")
}

fn namespace(name: &str, owner: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": {"owner": owner}}})
}

pub fn a_namespace_of_somebody_else_is_told_before_it_is_waited_for(server: &Server) {
    let directory = with_tenant(server, "taken");
    server.done("POST", "/api/v1/namespaces", JSON, &namespace("taken-one", "bob@example.com"));
    let refused = directory.run(&["plan"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    let said = words(&refused);
    for expected in [
        "Namespace of somebody else",
        "Namespace taken-one, which Widget.taken.example.com taken/one is to get, belongs to bob@example.com.",
        "`kubectl annotate --overwrite namespace taken-one owner=alice@example.com`",
    ] {
        assert!(said.contains(expected), "{expected}\n{}", refused.stderr);
    }
    let path = "/api/v1/namespaces/taken-one";
    server.done("PATCH", path, MERGE, &json!({"metadata": {"annotations": {"owner": "alice@example.com"}}}));
    directory.succeed(&["plan"]);
    server.done("DELETE", path, JSON, &Value::Null);
}

pub fn a_namespace_that_is_being_deleted_is_told_with_what_holds_it(server: &Server) {
    let directory = with_tenant(server, "leaving");
    server.done("POST", "/api/v1/namespaces", JSON, &namespace("leaving-one", "alice@example.com"));
    let held = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "held", "namespace": "leaving-one", "finalizers": ["example.com/hold"]}});
    server.done("POST", "/api/v1/namespaces/leaving-one/configmaps", JSON, &held);
    server.done("DELETE", "/api/v1/namespaces/leaving-one", JSON, &Value::Null);
    let path = "/api/v1/namespaces/leaving-one/configmaps/held";
    server.wait_until(path, |_, object| object["metadata"]["deletionTimestamp"].is_string());
    let planned = directory.run(&["plan"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    let said = words(&planned);
    for expected in [
        "Namespace is being deleted",
        "Namespace leaving-one, which Widget.leaving.example.com leaving/one needs, is being deleted",
        "ConfigMap leaving-one/held is held by example.com/hold",
    ] {
        assert!(said.contains(expected), "{expected}\n{}", planned.stderr);
    }
    server.done("PATCH", path, MERGE, &json!({"metadata": {"finalizers": null}}));
    server.wait_until("/api/v1/namespaces/leaving-one", |code, _| code == 404);
    assert!(!directory.run(&["plan"]).stderr.contains("is being deleted"));
}

pub fn another_dns_domain_is_told_with_what_to_write(server: &Server) {
    let directory = server.small("domain");
    let file = ".:53 {\n    errors\n    kubernetes corp.example in-addr.arpa ip6.arpa {\n    }\n}\n";
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns", "namespace": "kube-system"},
        "data": {"Corefile": file}});
    server.done("POST", "/api/v1/namespaces/kube-system/configmaps", JSON, &map);
    let refused = directory.run(&["plan"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    let said = words(&refused);
    for expected in [
        "Another cluster domain",
        "The cluster's DNS serves corp.example, and the platform is made for cluster.local.",
        "Write domain = \"corp.example\" in the cluster block.",
    ] {
        assert!(said.contains(expected), "{expected}\n{}", refused.stderr);
    }
    directory.replace(
        "main.hcl",
        "  provider = kubernetes\n",
        "  provider = kubernetes\n  domain   = \"corp.example\"\n",
    );
    directory.replace(
        "x/templates/workloads.yaml",
        "    colour = green\n",
        "    colour = green\n    host = web.svc.{{ platform.domain }}\n",
    );
    let plan = directory.succeed(&["plan", "--full"]);
    assert!(plan.contains("host = web.svc.corp.example\n"), "{plan}");
    server.done("DELETE", "/api/v1/namespaces/kube-system/configmaps/coredns", JSON, &Value::Null);
}
