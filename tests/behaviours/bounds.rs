//! What a server takes at most, and what it refuses in which words.

use serde_json::Value;
use serde_json::json;

use crate::server::Server;
use crate::server::behaviours;

behaviours!(
    what_is_too_large_is_refused,
    what_is_no_object_is_refused,
    quotas_name_what_a_server_counts,
    nodes_are_applied
);

const JSON: &str = "application/json";

fn text(size: usize) -> String {
    "x".repeat(size)
}

/// Sends what must be answered so.
fn check(server: &Server, method: &str, path: &str, content_type: &str, body: &Value, code: u16, said: &str) {
    let (answered, answer) = server.send(method, path, content_type, body);
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(answered == code && message.contains(said), "{method} {path}: {answered} {message}, and not {code} {said}");
}

fn namespace(server: &Server, name: &str) -> String {
    let body = json!({"metadata": {"name": name}});
    let (code, answer) = server.send("POST", "/api/v1/namespaces", JSON, &body);
    assert!(matches!(code, 201 | 409), "{answer}");
    format!("/api/v1/namespaces/{name}")
}

fn what_is_too_large_is_refused(server: &Server) {
    let place = namespace(server, "bounds");
    let (maps, secrets) = (format!("{place}/configmaps"), format!("{place}/secrets"));
    let post = |path: &str, body: Value, code: u16, said: &str| check(server, "POST", path, JSON, &body, code, said);
    let map = |name: &str, size: usize| json!({"metadata": {"name": name}, "data": {"a": text(size)}});
    post(&maps, map("a", 1_048_576), 201, "");
    post(&maps, map("b", 1_048_577), 422, "Too long: must have at most 1048576 bytes");
    let secret = |name: &str, size: usize| json!({"metadata": {"name": name}, "stringData": {"a": text(size)}});
    post(&secrets, secret("a", 1_048_576), 201, "");
    post(&secrets, secret("b", 1_048_577), 422, "data: Too long: must have at most 1048576 bytes");
    let annotated = |name: &str, size: usize| json!({"metadata": {"name": name, "annotations": {"a": text(size)}}});
    post(&maps, annotated("c", 262_143), 201, "");
    post(&maps, annotated("d", 262_144), 422, "metadata.annotations: Too long: must have at most 262144 bytes");
    post(&maps, map("e", 3 * 1024 * 1024), 413, "Request entity too large: limit is 3145728");
    let leases = place.replace("/api/v1", "/apis/coordination.k8s.io/v1") + "/leases";
    let lease = json!({"metadata": {"name": "l"}, "spec": {"leaseTransitions": 1_i64 << 31}});
    post(&leases, lease, 400, "cannot unmarshal number 2147483648 into Go struct field");
    let patch = "application/json-patch+json";
    let doubling =
        json!(vec![json!({"op": "copy", "from": "/metadata/annotations", "path": "/metadata/annotations/b"}); 40]);
    let (code, answer) = server.send("PATCH", &format!("{maps}/c"), patch, &doubling);
    assert!((400..500).contains(&code), "{code} {answer}");
    let many = json!(vec![json!({"op": "test", "path": "/kind", "value": "ConfigMap"}); 10_001]);
    let said = "The allowed maximum operations in a JSON patch is 10000, got 10001";
    check(server, "PATCH", &format!("{maps}/c"), patch, &many, 413, said);
}

fn what_is_no_object_is_refused(server: &Server) {
    let place = namespace(server, "bounds-none");
    let (_, mut found) = server.send("GET", &place, JSON, &Value::Null);
    found["spec"] = "x".into();
    check(server, "PUT", &place, JSON, &found, 400, "cannot be handled as a Namespace");
    // The server goes on.
    server.get(&place);
}

fn quotas_name_what_a_server_counts(server: &Server) {
    let place = namespace(server, "bounds-quota");
    let quota = |hard: Value| json!({"metadata": {"name": "q"}, "spec": {"hard": hard}});
    let path = format!("{place}/resourcequotas");
    let unknown = "spec.hard[gpu]: Invalid value: gpu: must be a standard resource for quota";
    check(server, "POST", &path, JSON, &quota(json!({"gpu": "1"})), 422, unknown);
    check(server, "POST", &path, JSON, &quota(json!({"pods": "1500m"})), 422, "must be an integer");
    check(server, "POST", &path, JSON, &quota(json!({"requests.cpu": "4", "memory": "1Gi"})), 201, "");
    server.wait_until(&format!("{path}/q"), |_, quota| quota["status"]["hard"]["requests.cpu"] == "4");
    let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "one", "image": "one:1"}]}});
    // Quotas are counted from caches, that follow a moment later.
    let said = "pods \"p\" is forbidden: failed quota: q: must specify memory for: one; requests.cpu for: one";
    server.wait_until(&format!("{place}/serviceaccounts/default"), |code, _| code == 200);
    check(server, "POST", &format!("{place}/pods?dryRun=All"), JSON, &pod, 403, said);
}

fn nodes_are_applied(server: &Server) {
    let path = "/api/v1/nodes/bounds-node?fieldManager=bounds&force=true";
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "bounds-node", "labels": {"rack": "a"}},
                      "spec": {"unschedulable": true}});
    for _ in 0..2 {
        let applied = server.done("PATCH", path, "application/apply-patch+yaml", &node);
        assert_eq!(applied["metadata"]["labels"]["rack"], "a");
    }
    server.done("DELETE", "/api/v1/nodes/bounds-node", JSON, &Value::Null);
}
