//! The configuration files of the programs, from an object's `spec`. They are written as JSON, which is YAML too. Pure.
//!
//! Neither program has marks of its own for who made a cluster, so each node is born with the label of its installation.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::nodes::POOL_LABEL;
use super::tool::Tool;
use crate::object::INSTALLATION_LABEL;

/// A node pool of a specification.
pub struct Pool<'a> {
    pub name: &'a str,
    pub count: u64,
    labels: Option<&'a Map<String, Value>>,
    taints: &'a [Value],
}

pub fn pools(spec: &Map<String, Value>) -> Vec<Pool<'_>> {
    let pools = spec.get("node_pools").and_then(Value::as_array).into_iter().flatten();
    pools
        .map(|pool| Pool {
            name: pool["name"].as_str().unwrap_or_default(),
            count: pool["node_count"].as_u64().unwrap_or_default(),
            labels: pool["labels"].as_object(),
            taints: pool["taints"].as_array().map(Vec::as_slice).unwrap_or_default(),
        })
        .collect()
}

pub fn control_planes(spec: &Map<String, Value>) -> u64 {
    spec.get("control_plane_count").and_then(Value::as_u64).unwrap_or(1)
}

/// How many nodes it has altogether.
pub fn nodes(spec: &Map<String, Value>) -> u64 {
    control_planes(spec) + pools(spec).iter().map(|pool| pool.count).sum::<u64>()
}

/// The image of its nodes; `None` leaves it to the program.
fn image(tool: Tool, spec: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| spec.get(name).and_then(Value::as_str);
    text("image").map(str::to_owned).or_else(|| text("kubernetes_version").map(|version| tool.image(version)))
}

impl Pool<'_> {
    /// The labels of its nodes, with the mark and its name.
    fn labels(&self, installation: &str) -> Map<String, Value> {
        let mut labels = self.labels.cloned().unwrap_or_default();
        labels.insert(INSTALLATION_LABEL.into(), installation.into());
        labels.insert(POOL_LABEL.into(), self.name.into());
        labels
    }
}

/// The file that describes a cluster.
pub fn file(tool: Tool, name: &str, installation: &str, spec: &Map<String, Value>) -> Value {
    match tool {
        Tool::Kind => kind(name, installation, spec),
        Tool::K3d => k3d(name, installation, spec),
    }
}

fn kind(name: &str, installation: &str, spec: &Map<String, Value>) -> Value {
    let image = image(Tool::Kind, spec);
    let node = |role: &str, labels: Value| {
        let mut node = json!({"role": role, "labels": labels});
        if let Some(image) = &image {
            node["image"] = json!(image);
        }
        node
    };
    let mut nodes = Vec::new();
    for _ in 0..control_planes(spec) {
        nodes.push(node("control-plane", json!({INSTALLATION_LABEL: installation})));
    }
    for pool in pools(spec) {
        let mut worker = node("worker", Value::Object(pool.labels(installation)));
        if !pool.taints.is_empty() {
            let patch = json!({"kind": "JoinConfiguration", "nodeRegistration": {"taints": pool.taints}});
            worker["kubeadmConfigPatches"] = json!([patch.to_string()]);
        }
        nodes.extend((0..pool.count).map(|_| worker.clone()));
    }
    json!({"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "name": name, "nodes": nodes})
}

fn k3d(name: &str, installation: &str, spec: &Map<String, Value>) -> Value {
    let (mut labels, mut arguments) = (Vec::new(), Vec::new());
    let mut label = |key: &str, value: &str, filters: Vec<String>| {
        labels.push(json!({"label": format!("{key}={value}"), "nodeFilters": filters}));
    };
    label(INSTALLATION_LABEL, installation, vec!["server:*".into()]);
    let mut agents = 0;
    for pool in pools(spec).iter().filter(|pool| pool.count > 0) {
        let filters: Vec<String> = (agents..agents + pool.count).map(|agent| format!("agent:{agent}")).collect();
        for (key, value) in pool.labels(installation) {
            label(&key, value.as_str().unwrap_or_default(), filters.clone());
        }
        for taint in pool.taints {
            let text = |key: &str| taint[key].as_str().unwrap_or_default();
            let argument = format!("--node-taint={}={}:{}", text("key"), text("value"), text("effect"));
            arguments.push(json!({"arg": argument, "nodeFilters": filters}));
        }
        agents += pool.count;
    }
    let mut file = json!({
        "apiVersion": "k3d.io/v1alpha5", "kind": "Simple", "metadata": {"name": name},
        "servers": control_planes(spec), "agents": agents,
        "options": {
            "k3d": {"wait": true},
            // Whoever has contexts of their own keeps them.
            "kubeconfig": {"updateDefaultKubeconfig": false, "switchCurrentContext": false},
            "k3s": {"nodeLabels": labels, "extraArgs": arguments},
        },
    });
    if let Some(image) = image(Tool::K3d, spec) {
        file["image"] = json!(image);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_say_the_same() {
        let spec = json!({
            "kubernetes_version": "v1.34.0", "control_plane_count": 1,
            "node_pools": [{"name": "cpu", "node_count": 2, "labels": {"a": "b"},
                "taints": [{"key": "gpu", "value": "", "effect": "NoSchedule"}]}],
        });
        let spec = spec.as_object().unwrap();
        let own = json!({"a": "b", "stackwright.io/installation": "prod", "stackwright.io/node-pool": "cpu"});
        let kind = file(Tool::Kind, "ml", "prod", spec);
        assert_eq!(kind["nodes"].as_array().map(Vec::len), Some(3));
        assert_eq!(kind["nodes"][0]["image"], "kindest/node:v1.34.0");
        assert_eq!((&kind["nodes"][1]["labels"], &kind["nodes"][1]["role"]), (&own, &json!("worker")));
        let patch = kind["nodes"][2]["kubeadmConfigPatches"][0].as_str().unwrap();
        assert!(patch.contains("JoinConfiguration") && patch.contains("NoSchedule"), "{patch}");
        let k3d = file(Tool::K3d, "ml", "prod", spec);
        assert_eq!((&k3d["servers"], &k3d["agents"]), (&json!(1), &json!(2)));
        assert_eq!(k3d["image"], "rancher/k3s:v1.34.0-k3s1");
        let taint = json!({"arg": "--node-taint=gpu=:NoSchedule", "nodeFilters": ["agent:0", "agent:1"]});
        assert_eq!(k3d["options"]["k3s"]["extraArgs"], json!([taint]));
        assert_eq!(k3d["options"]["k3s"]["nodeLabels"][0]["nodeFilters"], json!(["server:*"]));
        assert_eq!(nodes(spec), 3);
        let own = json!({"image": "mine:1", "kubernetes_version": "v1.34.0"});
        let own = own.as_object().unwrap();
        assert_eq!(file(Tool::K3d, "ml", "prod", own)["image"], "mine:1");
        assert_eq!(file(Tool::Kind, "ml", "prod", own)["nodes"][0]["image"], "mine:1");
    }
}
