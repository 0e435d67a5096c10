//! The embedded Kubernetes behind each cluster; its nodes are those of the cluster's pools.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use bytes::Bytes;
use http::Method;
use http::Request;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::pools::node_name;
use super::things::Held;
use super::things::offer;
use crate::sandbox::Sandbox;
use crate::sandbox::SandboxError;
use crate::sandbox::SandboxOptions;
use crate::sandbox::players::PlayerOptions;
use crate::sandbox::players::Players;

/// The label by which a node's pool is known.
const POOL: &str = "scp.samsungsdscloud.com/nodepool";

/// Clusters that run, by their ids.
#[derive(Debug, Default)]
pub struct Kubernetes(Mutex<BTreeMap<String, Running>>);

#[derive(Debug)]
struct Running {
    /// Dropped first.
    _players: Players,
    sandbox: Sandbox,
}

impl Kubernetes {
    pub fn get(&self, id: &str) -> Option<Sandbox> {
        self.lock().get(id).map(|running| running.sandbox.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings what runs in line with what there is: clusters, their versions, their nodes.
    ///
    /// # Errors
    /// A cluster's directory cannot be used.
    pub async fn follow(
        &self,
        directory: Option<&Path>,
        clusters: &[Held],
        pools: &[Held],
    ) -> Result<(), SandboxError> {
        let exists = |id: &str| clusters.iter().any(|cluster| cluster.text("id") == id);
        self.lock().retain(|id, _| exists(id));
        for cluster in clusters.iter().filter(|cluster| cluster.text("status") != "CREATING") {
            let (id, version) = (cluster.text("id"), cluster.text("kubernetes_version"));
            let sandbox = match self.get(id) {
                Some(sandbox) => sandbox,
                None => self.start(directory, id, version)?,
            };
            sandbox.set_kubernetes_version(version);
            let of_cluster = pools.iter().filter(|pool| pool.body.get("cluster") == Some(&json!({"id": id})));
            let wanted: BTreeMap<String, Value> = of_cluster.flat_map(nodes_of).collect();
            bring_nodes(&sandbox, wanted).await;
        }
        Ok(())
    }

    fn start(&self, directory: Option<&Path>, id: &str, version: &str) -> Result<Sandbox, SandboxError> {
        let directory = directory.map(|directory| directory.join("clusters").join(id));
        let options = SandboxOptions { kubernetes_version: version.to_owned(), ..SandboxOptions::default() };
        let sandbox = Sandbox::open(directory.as_deref(), options)?;
        // Nodes come with the pools.
        let options = PlayerOptions { nodes: 0, kubernetes_version: version.to_owned(), ..PlayerOptions::default() };
        let _players = Players::start_in(&sandbox, options);
        self.lock().insert(id.to_owned(), Running { _players, sandbox: sandbox.clone() });
        Ok(sandbox)
    }
}

/// The nodes that a pool has now.
fn nodes_of(pool: &Held) -> Vec<(String, Value)> {
    let server = &pool.body["server_type"]["id"];
    let server = offer("server_types").iter().find(|one| one["id"] == *server).cloned().unwrap_or_default();
    let mut labels: Map<String, Value> = Map::new();
    for label in pool.body.get("labels").and_then(Value::as_array).into_iter().flatten() {
        labels.insert(label["key"].as_str().unwrap_or_default().to_owned(), label["value"].clone());
    }
    let taint = |taint: &Value| json!({"key": taint["key"], "value": taint["value"], "effect": taint["effect"]});
    let taints: Vec<Value> =
        pool.body.get("taints").and_then(Value::as_array).into_iter().flatten().map(taint).collect();
    let node = |number: i64| {
        let name = node_name(pool, number);
        let mut labels = labels.clone();
        for (key, value) in [
            ("kubernetes.io/hostname", name.as_str()),
            ("kubernetes.io/os", "linux"),
            ("kubernetes.io/arch", "amd64"),
            ("node.kubernetes.io/instance-type", server["id"].as_str().unwrap_or_default()),
            ("topology.kubernetes.io/region", "kr-west1"),
            ("topology.kubernetes.io/zone", "kr-west1-a"),
            (POOL, pool.text("name")),
        ] {
            labels.insert(key.to_owned(), value.into());
        }
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": labels, "annotations": {
                "sandbox.stackwright.io/cpu": server["vcpus"].to_string(),
                "sandbox.stackwright.io/memory": format!("{}Mi", server["ram"]),
                "sandbox.stackwright.io/version": pool.text("kubernetes_version"),
            }},
            "spec": {"providerID": format!("scp://{}/{name}", pool.text("id")), "taints": taints},
        });
        (name, node)
    };
    (1..=pool.number("current_node_count")).map(node).collect()
}

/// Makes, changes and deletes nodes until they are those that are wanted. What fails is tried again with the next change.
async fn bring_nodes(sandbox: &Sandbox, mut wanted: BTreeMap<String, Value>) {
    let listed = ask(sandbox, Method::GET, "/api/v1/nodes", None).await;
    for node in listed["items"].as_array().into_iter().flatten() {
        let name = node["metadata"]["name"].as_str().unwrap_or_default();
        let path = format!("/api/v1/nodes/{name}");
        let Some(wanted) = wanted.remove(name) else {
            let pods =
                ask(sandbox, Method::GET, &format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{name}"), None).await;
            ask(sandbox, Method::DELETE, &path, None).await;
            for pod in pods["items"].as_array().into_iter().flatten() {
                let metadata = &pod["metadata"];
                let (namespace, name) = (metadata["namespace"].as_str(), metadata["name"].as_str());
                let (namespace, name) = (namespace.unwrap_or_default(), name.unwrap_or_default());
                let path = format!("/api/v1/namespaces/{namespace}/pods/{name}?gracePeriodSeconds=0");
                ask(sandbox, Method::DELETE, &path, None).await;
            }
            continue;
        };
        let seen = |pointer: &str| node.pointer(pointer).cloned().unwrap_or_default();
        let taints = seen("/spec/taints");
        let taints = if taints.is_null() { json!([]) } else { taints };
        let labels = wanted["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        let old = seen("/metadata/labels");
        if old != wanted["metadata"]["labels"] || taints != wanted["spec"]["taints"] {
            let mut patch: Map<String, Value> = labels;
            // Labels that are gone.
            for key in old.as_object().into_iter().flat_map(|old| old.keys()) {
                patch.entry(key.clone()).or_insert(Value::Null);
            }
            let patch = json!({"metadata": {"labels": patch}, "spec": {"taints": wanted["spec"]["taints"]}});
            ask(sandbox, Method::PATCH, &path, Some(patch)).await;
        }
        let version = &wanted["metadata"]["annotations"]["sandbox.stackwright.io/version"];
        let told = node.pointer("/status/nodeInfo/kubeletVersion");
        if told.is_some_and(|told| told != version) {
            let info = json!({"kubeletVersion": version, "kubeProxyVersion": version});
            let patch = json!({"status": {"nodeInfo": info}});
            ask(sandbox, Method::PATCH, &format!("{path}/status"), Some(patch)).await;
        }
    }
    for node in wanted.into_values() {
        ask(sandbox, Method::POST, "/api/v1/nodes", Some(node)).await;
    }
}

async fn ask(sandbox: &Sandbox, method: Method, path: &str, body: Option<Value>) -> Value {
    let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
    let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    let request = Request::builder().method(method).uri(path).header(http::header::CONTENT_TYPE, kind).body(bytes);
    let Ok(request) = request else { return Value::Null };
    let answered = sandbox.request(request).await;
    answered.ok().and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}
