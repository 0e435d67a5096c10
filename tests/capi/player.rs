//! Plays the controllers of Cluster API in a management cluster: control planes and machines that come and change by and by,
//! the Secret with the kubeconfig, deletion in order. Knows what the program writes by the API only.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kube::Client;
use serde_json::Value;
use serde_json::json;

use crate::control_plane::client;
use crate::control_plane::request;

const NAMESPACE: &str = "mlops";
const FINALIZER: &str = "cluster.cluster.x-k8s.io";
/// Between two looks: what takes minutes takes a few of them.
const TICK: Duration = Duration::from_millis(15);

/// The controllers at work; they end when it is dropped.
pub struct Player {
    ends: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Player {
    /// `workload` is the kubeconfig of the cluster that every cluster turns out to be.
    pub fn start(version: &'static str, kubeconfig: &Path, workload: &Path) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (kubeconfig, workload, told) = (kubeconfig.to_owned(), workload.to_owned(), ends.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let controllers = Controllers { client: client(&kubeconfig).await, version, workload };
                while !told.load(Ordering::SeqCst) {
                    controllers.look().await;
                    tokio::time::sleep(TICK).await;
                }
            });
        });
        Self { ends, thread: Some(thread) }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // What it says has been printed.
            thread.join().ok();
        }
    }
}

struct Controllers {
    client: Client,
    version: &'static str,
    workload: PathBuf,
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn own(version: &str, plural: &str) -> String {
    format!("/apis/cluster.x-k8s.io/{version}/namespaces/{NAMESPACE}/{plural}")
}

const PLANES: &str = "/apis/controlplane.cluster.x-k8s.io/v1beta7/namespaces/mlops/kubeadmcontrolplanes";
const INFRASTRUCTURES: &str = "/apis/infrastructure.cluster.x-k8s.io/v1beta7/namespaces/mlops/dockerclusters";
const SECRETS: &str = "/api/v1/namespaces/mlops/secrets";

impl Controllers {
    fn is_old(&self) -> bool {
        self.version == "v1beta1"
    }

    async fn send(&self, method: &str, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        request(&self.client, method, path, content_type, body).await
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let (_, answer) = self.send("GET", path, "application/json", &Value::Null).await;
        answer["items"].as_array().cloned().unwrap_or_default()
    }

    async fn find(&self, path: &str, name: &str) -> Option<Value> {
        let (code, answer) = self.send("GET", &format!("{path}/{name}"), "application/json", &Value::Null).await;
        (code == 200).then_some(answer)
    }

    async fn merge(&self, path: &str, patch: &Value) {
        // What is gone, or was changed meanwhile, is seen with the next look.
        self.send("PATCH", path, "application/merge-patch+json", patch).await;
    }

    async fn make(&self, path: &str, object: &Value) {
        self.send("POST", path, "application/json", object).await;
    }

    async fn delete(&self, path: &str, name: &str) {
        self.send("DELETE", &format!("{path}/{name}"), "application/json", &Value::Null).await;
    }

    async fn look(&self) {
        for cluster in self.list(&own(self.version, "clusters")).await {
            self.cluster(&cluster).await;
        }
        for deployment in self.list(&own(self.version, "machinedeployments")).await {
            self.deployment(&deployment).await;
        }
        for plane in self.list(PLANES).await {
            // One step behind what is asked of it.
            if plane["status"]["version"] != plane["spec"]["version"] {
                let name = text(&plane, "/metadata/name");
                let status = json!({"status": {"version": plane["spec"]["version"]}});
                self.merge(&format!("{PLANES}/{name}/status"), &status).await;
            }
        }
    }

    async fn cluster(&self, cluster: &Value) {
        let name = text(cluster, "/metadata/name");
        let clusters = own(self.version, "clusters");
        let path = format!("{clusters}/{name}");
        if !cluster["metadata"]["deletionTimestamp"].is_null() {
            return self.goes(cluster, &path).await;
        }
        if cluster["metadata"]["finalizers"].is_null() {
            return self.merge(&path, &json!({"metadata": {"finalizers": [FINALIZER]}})).await;
        }
        if !cluster["spec"]["topology"].is_null() {
            self.topology(cluster, &path).await;
        }
        let plane = text(cluster, "/spec/controlPlaneRef/name");
        let has_plane = !plane.is_empty()
            && self.find(PLANES, plane).await.is_some_and(|plane| !plane["status"]["version"].is_null());
        if has_plane && self.find(SECRETS, &format!("{name}-kubeconfig")).await.is_none() {
            self.make(SECRETS, &self.secret(name)).await;
        }
        let phase = if has_plane { "Provisioned" } else { "Provisioning" };
        let word = if has_plane { "True" } else { "False" };
        let condition = |kind: &str| {
            json!({"type": kind, "status": word, "reason": "Playing", "message": "machines\nare played",
                "lastTransitionTime": "2026-01-01T00:00:00Z"})
        };
        let status = match self.is_old() {
            true => {
                json!({"phase": phase, "controlPlaneReady": has_plane, "conditions": [condition("ControlPlaneReady")]})
            }
            false => json!({"phase": phase, "conditions": [condition("ControlPlaneAvailable")]}),
        };
        if cluster["status"] != status {
            self.merge(&format!("{path}/status"), &json!({"status": status})).await;
        }
    }

    fn secret(&self, cluster: &str) -> Value {
        let text = std::fs::read_to_string(&self.workload).expect("the kubeconfig of the workload cluster");
        json!({"apiVersion": "v1", "kind": "Secret", "type": "cluster.x-k8s.io/secret",
            "metadata": {"name": format!("{cluster}-kubeconfig"), "labels": {"cluster.x-k8s.io/cluster-name": cluster}},
            "stringData": {"value": text}})
    }

    /// What a cluster's class makes of its topology.
    async fn topology(&self, cluster: &Value, path: &str) {
        let (name, version) = (text(cluster, "/metadata/name"), text(cluster, "/spec/topology/version"));
        let plane = format!("{name}-plane");
        let found = self.find(PLANES, &plane).await;
        let Some(found) = found else {
            let object = json!({"apiVersion": "controlplane.cluster.x-k8s.io/v1beta7", "kind": "KubeadmControlPlane",
                "metadata": {"name": plane}, "spec": {"version": version}});
            self.make(PLANES, &object).await;
            let reference = match self.is_old() {
                true => {
                    json!({"apiVersion": "controlplane.cluster.x-k8s.io/v1beta7", "kind": "KubeadmControlPlane", "name": plane})
                }
                false => {
                    json!({"apiGroup": "controlplane.cluster.x-k8s.io", "kind": "KubeadmControlPlane", "name": plane})
                }
            };
            return self.merge(path, &json!({"spec": {"controlPlaneRef": reference}})).await;
        };
        if found["spec"]["version"] != version {
            return self.merge(&format!("{PLANES}/{plane}"), &json!({"spec": {"version": version}})).await;
        }
        let deployments = own(self.version, "machinedeployments");
        let entries = cluster.pointer("/spec/topology/workers/machineDeployments").and_then(Value::as_array);
        let entries = entries.cloned().unwrap_or_default();
        for deployment in self.list(&deployments).await {
            let entry = text(&deployment, "/metadata/labels/topology.cluster.x-k8s.io~1deployment-name");
            let is_own = text(&deployment, "/spec/clusterName") == name && !entry.is_empty();
            if is_own && !entries.iter().any(|one| one["name"] == entry) {
                self.delete(&deployments, text(&deployment, "/metadata/name")).await;
            }
        }
        let is_there = found["status"]["version"] == version;
        for entry in entries.iter().filter(|_| is_there) {
            let pool = text(entry, "/name");
            let own = format!("{name}-{pool}-abc");
            let Some(seen) = self.find(&deployments, &own).await else {
                self.make(&deployments, &self.machines(name, pool, &own, entry, version)).await;
                continue;
            };
            let is_same = seen["spec"]["replicas"] == entry["replicas"] || entry["replicas"].is_null();
            if !is_same || text(&seen, "/spec/template/spec/version") != version {
                let patch =
                    json!({"spec": {"replicas": entry["replicas"], "template": {"spec": {"version": version}}}});
                self.merge(&format!("{deployments}/{own}"), &patch).await;
            }
        }
    }

    fn machines(&self, cluster: &str, pool: &str, name: &str, entry: &Value, version: &str) -> Value {
        let reference = match self.is_old() {
            true => {
                json!({"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta7", "kind": "DockerMachineTemplate", "name": "t"})
            }
            false => {
                json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DockerMachineTemplate", "name": "t"})
            }
        };
        let labels = json!({"cluster.x-k8s.io/cluster-name": cluster, "topology.cluster.x-k8s.io/deployment-name": pool,
            "topology.cluster.x-k8s.io/owned": "",
            "stackwright.io/installation": entry["metadata"]["labels"]["stackwright.io/installation"]});
        json!({"apiVersion": format!("cluster.x-k8s.io/{}", self.version), "kind": "MachineDeployment",
            "metadata": {"name": name, "labels": labels, "annotations": entry["metadata"]["annotations"]},
            "spec": {"clusterName": cluster, "replicas": entry["replicas"], "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"clusterName": cluster, "version": version,
                    "bootstrap": {"configRef": reference}, "infrastructureRef": reference}}}})
    }

    /// Machines come one a look.
    async fn deployment(&self, deployment: &Value) {
        let name = text(deployment, "/metadata/name");
        let path = format!("{}/{name}", own(self.version, "machinedeployments"));
        if deployment["spec"]["replicas"].is_null() {
            let least = "/metadata/annotations/cluster.x-k8s.io~1cluster-api-autoscaler-node-group-min-size";
            let least: i64 = text(deployment, least).parse().unwrap_or(1);
            return self.merge(&path, &json!({"spec": {"replicas": least}})).await;
        }
        let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(0);
        let is = deployment.pointer("/status/replicas").and_then(Value::as_i64).unwrap_or(0);
        let next = is + (wanted - is).signum();
        let new = if self.is_old() { "updatedReplicas" } else { "upToDateReplicas" };
        let phase = if next == wanted { "Running" } else { "ScalingUp" };
        let status = json!({"phase": phase, "replicas": next, "readyReplicas": next, new: next,
            "observedGeneration": deployment["metadata"]["generation"]});
        if deployment["status"] != status {
            self.merge(&format!("{path}/status"), &json!({"status": status})).await;
        }
    }

    /// Machines go before their control plane and infrastructure, and these before the cluster.
    async fn goes(&self, cluster: &Value, path: &str) {
        let name = text(cluster, "/metadata/name");
        let deployments = own(self.version, "machinedeployments");
        let of_it = |object: &Value| text(object, "/spec/clusterName") == name;
        let left: Vec<Value> = self.list(&deployments).await.into_iter().filter(of_it).collect();
        for deployment in &left {
            self.delete(&deployments, text(deployment, "/metadata/name")).await;
        }
        if !left.is_empty() {
            return;
        }
        self.delete(PLANES, text(cluster, "/spec/controlPlaneRef/name")).await;
        if cluster["spec"]["topology"].is_null() {
            self.delete(INFRASTRUCTURES, text(cluster, "/spec/infrastructureRef/name")).await;
        }
        self.delete(SECRETS, &format!("{name}-kubeconfig")).await;
        self.merge(path, &json!({"metadata": {"finalizers": null}})).await;
    }
}
