//! Nodes: a cluster without any gets some, ready and of a given size.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Nodes;

const KIND: &str = "nodes";

impl Player for Nodes {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND]
    }

    fn start(&self) -> Vec<Key> {
        vec![Key::new(KIND, "", "")]
    }

    fn keys(&self, _: &World, change: &Change) -> Vec<Key> {
        vec![change.key.clone()]
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        async move {
            if !stage.world.is_listed(KIND) {
                return Ok(Some(Duration::from_millis(20)));
            }
            if key.name.is_empty() {
                if stage.world.list(KIND, "").is_empty() {
                    for number in 0..stage.options.nodes {
                        create(stage, number).await?;
                    }
                }
                return Ok(None);
            }
            report(stage, key).await.map(|()| None)
        }
        .boxed()
    }
}

async fn create(stage: &Stage, number: usize) -> Result<(), PlayerError> {
    let name = format!("sandbox-{}", number + 1);
    let node = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64",
        }},
        "spec": {"podCIDR": format!("10.244.{number}.0/24"), "providerID": format!("sandbox://{name}")},
    });
    stage.api.create(KIND, &node).await.map(|_| ())
}

/// Makes a node ready that does not say yet how it is, whoever made it.
async fn report(stage: &Stage, key: &Key) -> Result<(), PlayerError> {
    let Some(node) = stage.world.get(KIND, "", &key.name) else { return Ok(()) };
    if look::is_deleting(&node) || !look::items(&node, "/status/conditions").is_empty() {
        return Ok(());
    }
    let number = key.name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte)) % 250 + 2;
    let options = &stage.options;
    // Whoever made it may say how large it is and what runs on it.
    let said = |what: &str, otherwise: &str| {
        let text = look::annotation(&node, &format!("sandbox.stackwright.io/{what}"));
        text.unwrap_or(otherwise).to_owned()
    };
    let version = said("version", &options.kubernetes_version);
    let (cpu, memory) = (said("cpu", &options.node_cpu), said("memory", &options.node_memory));
    let size = json!({"cpu": cpu, "memory": memory, "pods": "110", "ephemeral-storage": "200Gi",
        "hugepages-1Gi": "0", "hugepages-2Mi": "0"});
    let time = look::now();
    let condition = |kind: &str, holds: bool, reason: &str, message: &str| {
        json!({"type": kind, "status": if holds { "True" } else { "False" }, "reason": reason, "message": message,
            "lastHeartbeatTime": time, "lastTransitionTime": time})
    };
    let status = json!({
        "capacity": size, "allocatable": size,
        "addresses": [{"type": "InternalIP", "address": format!("10.0.0.{number}")},
            {"type": "Hostname", "address": key.name}],
        "conditions": [
            condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", true, "KubeletReady", "kubelet is posting ready status"),
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64", "operatingSystem": "linux", "osImage": "Ubuntu 22.04.4 LTS",
            "kernelVersion": "5.15.0-sandbox", "containerRuntimeVersion": "containerd://1.7.22",
            "kubeletVersion": version, "kubeProxyVersion": version,
            "machineID": key.name, "systemUUID": key.name, "bootID": key.name,
        },
    });
    stage.api.patch(KIND, &node, "status", json!({"status": status})).await.map(|_| ())
}
