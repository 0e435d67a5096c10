//! What the nodes of a cluster tell: whose it is, its version, its node pools. Pure.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::object::INSTALLATION_LABEL;
use crate::object::Object;

/// The pool of a node.
pub const POOL_LABEL: &str = "stackwright.io/node-pool";

/// The installation that made the cluster; empty for a stranger's.
pub fn mark(nodes: &[Object]) -> String {
    nodes.iter().find_map(|node| node.label(INSTALLATION_LABEL)).unwrap_or_default().to_owned()
}

/// Nodes that are of the cluster as it was made, and those of them that are ready.
pub fn counts(nodes: &[Object]) -> (u64, u64) {
    let ours = || nodes.iter().filter(|node| node.label(INSTALLATION_LABEL).is_some());
    (ours().count() as u64, ours().filter(|node| is_ready(node)).count() as u64)
}

fn is_ready(node: &Object) -> bool {
    let conditions = node.get("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    conditions.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// The specification that the nodes are of. Of labels and taints only those that were asked for count: programs in the
/// cluster set others. Where it is not known what was asked for, they are not told.
pub fn spec(nodes: &[Object], asked: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut by_pool: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    let (mut planes, mut version) = (0, String::new());
    for node in nodes.iter().filter(|node| node.label(INSTALLATION_LABEL).is_some()) {
        match node.label(POOL_LABEL) {
            Some(pool) => by_pool.entry(pool).or_default().push(node),
            None => planes += 1,
        }
        if version.is_empty() {
            // k3s adds its own number: v1.33.4+k3s1.
            let full = node.text("/status/nodeInfo/kubeletVersion");
            version = full.split('+').next().unwrap_or_default().to_owned();
        }
    }
    let asked_pools = asked.and_then(|asked| asked.get("node_pools")).and_then(Value::as_array);
    let mut pools: Vec<Value> = by_pool
        .iter()
        .map(|(name, nodes)| {
            let asked = asked_pools.into_iter().flatten().find(|pool| pool["name"] == *name);
            json!({
                "name": name, "node_count": nodes.len(),
                "labels": asked.map(|asked| labels(nodes, &asked["labels"])),
                "taints": asked.map(|asked| taints(nodes, &asked["taints"])),
            })
        })
        .collect();
    // A pool without nodes is seen by nobody.
    let empty = asked_pools.into_iter().flatten().filter(|pool| pool["node_count"] == 0);
    pools.extend(empty.cloned());
    let mut spec = Map::new();
    spec.insert("kubernetes_version".into(), version.into());
    spec.insert("control_plane_count".into(), planes.into());
    spec.insert("node_pools".into(), pools.into());
    spec.insert("image".into(), asked.map_or(Value::Null, |asked| asked.get("image").cloned().unwrap_or_default()));
    // Nothing on this machine can bear them.
    spec.insert("tags".into(), Value::Null);
    spec
}

/// The same version as people write it too.
pub fn aliases(spec: &Map<String, Value>) -> Map<String, Value> {
    let version = spec.get("kubernetes_version").and_then(Value::as_str).unwrap_or_default();
    Map::from_iter([("kubernetes_version".to_owned(), version.trim_start_matches('v').into())])
}

/// Of the labels that were asked for those that all nodes have.
fn labels(nodes: &[&Object], asked: &Value) -> Value {
    let has = |key: &str, value: &Value| nodes.iter().all(|node| value.as_str() == node.label(key));
    let asked = asked.as_object().into_iter().flatten();
    asked.filter(|(key, value)| has(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn taints(nodes: &[&Object], asked: &Value) -> Value {
    let is = |live: &Value, asked: &Value| {
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        ["key", "value", "effect"].iter().all(|key| text(live, key) == text(asked, key))
    };
    let has = |asked: &Value| {
        nodes.iter().all(|node| {
            let live = node.get("/spec/taints").and_then(Value::as_array).into_iter().flatten();
            live.into_iter().any(|live| is(live, asked))
        })
    };
    asked.as_array().into_iter().flatten().filter(|asked| has(asked)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, labels: Value, taints: Value) -> Object {
        Object::from_value(json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": {"taints": taints},
            "status": {"nodeInfo": {"kubeletVersion": "v1.33.4+k3s1"}, "conditions": [{"type": "Ready", "status": "True"}]},
        }))
        .unwrap()
    }

    #[test]
    fn a_cluster_is_shown_as_it_was_asked_for() {
        let taint = json!({"key": "gpu", "effect": "NoSchedule"});
        let own = json!({"stackwright.io/installation": "prod", "stackwright.io/node-pool": "gpu", "a": "b", "nvidia.com/gpu": "y"});
        let nodes = [
            node("plane", json!({"stackwright.io/installation": "prod"}), json!([])),
            node("one", own.clone(), json!([taint, {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}])),
            node("two", own, json!([taint])),
            node("foreign", json!({}), json!([])),
        ];
        let asked = json!({
            "kubernetes_version": "v1.33.4", "control_plane_count": 1, "image": null, "tags": null,
            "node_pools": [
                {"name": "gpu", "node_count": 2, "labels": {"a": "b"}, "taints": [{"key": "gpu", "value": "", "effect": "NoSchedule"}]},
                {"name": "none", "node_count": 0, "labels": {}, "taints": []},
            ],
        });
        assert_eq!(Value::Object(spec(&nodes, asked.as_object())), asked);
        assert_eq!((mark(&nodes).as_str(), counts(&nodes)), ("prod", (3, 3)));
        assert_eq!(
            spec(&nodes, None)["node_pools"],
            json!([{"name": "gpu", "node_count": 2, "labels": null, "taints": null}])
        );
    }
}
