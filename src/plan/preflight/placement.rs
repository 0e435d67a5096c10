//! Which nodes take the platform's pods: not every node that is there does.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::object::Object;
use crate::object::kinds;

/// What all workloads of a platform that may run anywhere have in common: the taints they tolerate, and the labels they
/// ask of nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    tolerations: Vec<Value>,
    selector: BTreeMap<String, Value>,
}

impl Placement {
    /// Of the objects that are wanted. A DaemonSet says nothing of it: it is for nodes of its own choice.
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let mut common: Option<Self> = None;
        let workloads = objects.into_iter().filter(|object| matches!(object.kind(), "Deployment" | "StatefulSet"));
        for spec in workloads.filter_map(kinds::pod_template).map(|template| template.spec) {
            let tolerations = spec.get("tolerations").and_then(Value::as_array).cloned().unwrap_or_default();
            let selector = spec.get("nodeSelector").and_then(Value::as_object).into_iter().flatten();
            let selector: BTreeMap<String, Value> = selector.map(|(key, value)| (key.clone(), value.clone())).collect();
            match &mut common {
                None => common = Some(Self { tolerations, selector }),
                Some(common) => {
                    common.tolerations.retain(|toleration| tolerations.contains(toleration));
                    common.selector.retain(|key, value| selector.get(key) == Some(value));
                }
            }
        }
        common.unwrap_or_default()
    }

    /// Whether the scheduler would put a pod of the platform there.
    pub fn takes(&self, node: &Object) -> bool {
        self.obstacle(node).is_none()
    }

    /// Why a node takes no pods, in words; `None` where it does.
    pub fn obstacle(&self, node: &Object) -> Option<String> {
        if node.get("/spec/unschedulable") == Some(&Value::Bool(true)) {
            return Some("cordoned".into());
        }
        let conditions = node.get("/status/conditions").and_then(Value::as_array);
        if !conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True") {
            return Some("not ready".into());
        }
        let taints = node.get("/spec/taints").and_then(Value::as_array);
        if let Some(taint) = taints.into_iter().flatten().find(|taint| keeps_off(taint) && !self.tolerates(taint)) {
            let text = |field: &str| taint[field].as_str().unwrap_or_default();
            let value = if text("value").is_empty() { String::new() } else { format!("={}", text("value")) };
            return Some(format!("taint {}{value}:{}", text("key"), text("effect")));
        }
        let missing = self.selector.iter().find(|(key, value)| node.label(key) != value.as_str());
        missing.map(|(key, value)| format!("no label {key}={}", value.as_str().unwrap_or_default()))
    }

    /// As Kubernetes' scheduler matches them.
    fn tolerates(&self, taint: &Value) -> bool {
        let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        self.tolerations.iter().any(|toleration| {
            let (key, effect) = (text(toleration, "key"), text(toleration, "effect"));
            let exists = text(toleration, "operator") == "Exists";
            (effect.is_empty() || effect == text(taint, "effect"))
                && (key == text(taint, "key") || key.is_empty() && exists)
                && (exists || text(toleration, "value") == text(taint, "value"))
        })
    }
}

/// Whether a taint keeps pods off, rather than making others likelier.
fn keeps_off(taint: &Value) -> bool {
    matches!(taint["effect"].as_str(), Some("NoSchedule" | "NoExecute"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        Object::from_value(value).expect("an object")
    }

    fn obstacle(workloads: &[Value], node: Value) -> String {
        let workloads: Vec<Object> = workloads
            .iter()
            .map(|spec| {
                object(
                    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"},
                    "spec": {"template": {"spec": spec}}}),
                )
            })
            .collect();
        let mut value = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "labels": {"pool": "x"}},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        value["spec"] = node;
        Placement::of(&workloads).obstacle(&object(value)).unwrap_or_default()
    }

    #[test]
    fn nodes_that_take_no_pods() {
        let taint = |key: &str, effect: &str| json!({"taints": [{"key": key, "value": "b", "effect": effect}]});
        let tolerates = |toleration: Value| json!({"tolerations": [toleration]});
        for (workloads, node, expected) in [
            (vec![json!({})], json!({}), ""),
            (vec![], json!({"unschedulable": true}), "cordoned"),
            (vec![json!({})], taint("a", "NoSchedule"), "taint a=b:NoSchedule"),
            (vec![json!({})], taint("a", "NoExecute"), "taint a=b:NoExecute"),
            (vec![json!({})], taint("a", "PreferNoSchedule"), ""),
            (vec![tolerates(json!({"operator": "Exists"}))], taint("a", "NoSchedule"), ""),
            (vec![tolerates(json!({"key": "a", "operator": "Exists"}))], taint("a", "NoSchedule"), ""),
            (vec![tolerates(json!({"key": "a", "value": "b"}))], taint("a", "NoSchedule"), ""),
            (vec![tolerates(json!({"key": "a", "value": "c"}))], taint("a", "NoSchedule"), "taint a=b:NoSchedule"),
            (
                vec![tolerates(json!({"key": "a", "operator": "Exists", "effect": "NoExecute"}))],
                taint("a", "NoSchedule"),
                "taint a=b:NoSchedule",
            ),
            // One of several tolerates it: the others still find no place.
            (
                vec![tolerates(json!({"operator": "Exists"})), json!({})],
                taint("a", "NoSchedule"),
                "taint a=b:NoSchedule",
            ),
            (vec![json!({"nodeSelector": {"pool": "x"}})], json!({}), ""),
            (vec![json!({"nodeSelector": {"pool": "y"}})], json!({}), "no label pool=y"),
            (vec![json!({"nodeSelector": {"pool": "y"}}), json!({})], json!({}), ""),
        ] {
            assert_eq!(obstacle(&workloads, node.clone()), expected, "{workloads:?} {node}");
        }
    }
}
