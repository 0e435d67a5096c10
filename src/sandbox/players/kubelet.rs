//! Pods: placed on a node, held up by what they miss, run, finished, taken away. Scheduler and kubelet in one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::options::PodFailure;
use super::pod_status;
use super::pod_status::Phase;
use super::pod_status::Place;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::scheduler::Ledger;
use super::scheduler::none_available;
use super::scheduler::pod_not_ready_for_nodes;
use super::world::Change;
use super::world::Key;
use super::world::World;

#[derive(Default)]
pub(super) struct Kubelet {
    ledger: Mutex<Ledger>,
}

const FAULT: &str = "sandbox.stackwright.io/fault";
const LOG: &str = "sandbox.stackwright.io/log";
const EXIT: &str = "sandbox.stackwright.io/exit-code";

impl Player for Kubelet {
    fn watches(&self) -> &'static [&'static str] {
        &["pods", "secrets", "configmaps", "persistentvolumeclaims", "nodes"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        let waiting = |namespace: &str, placed: bool| {
            let pods = world.list("pods", namespace);
            let waits = |pod: &&Arc<Value>| {
                look::text(pod, "/status/phase") == "Pending"
                    && (placed || look::text(pod, "/spec/nodeName").is_empty())
            };
            let key = |pod: &Arc<Value>| Key::new("pods", look::namespace(pod), look::name(pod));
            pods.iter().filter(waits).map(key).collect::<Vec<_>>()
        };
        match &*change.key.kind {
            "pods" => {
                let finished = matches!(look::text(&change.object, "/status/phase"), "Succeeded" | "Failed");
                let mut keys = vec![change.key.clone()];
                if (change.gone || finished) && self.ledger().free(&change.object) {
                    keys.extend(waiting("", false));
                }
                keys
            }
            "nodes" => waiting("", false),
            // Content does not matter to a pod that waits for the object, only that it is there.
            _ if change.before.is_none() || change.key.kind.starts_with("persistent") => {
                waiting(&change.key.namespace, true)
            }
            _ => Vec::new(),
        }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        self.tend(stage, key).boxed()
    }
}

impl Kubelet {
    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn tend(&self, stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
        let Some(mut pod) = stage.world.get("pods", &key.namespace, &key.name) else { return Ok(None) };
        if look::is_deleting(&pod) {
            // Finalizers hold it then: nothing more to do here.
            if look::number(&pod, "/metadata/deletionGracePeriodSeconds") != Some(0) {
                stage.api.delete("pods", &pod, json!({"gracePeriodSeconds": 0})).await?;
            }
            return Ok(None);
        }
        if matches!(look::text(&pod, "/status/phase"), "Succeeded" | "Failed") {
            return Ok(None);
        }
        let ready =
            ["nodes", "secrets", "configmaps", "persistentvolumeclaims"].iter().all(|kind| stage.world.is_listed(kind));
        if !ready {
            return Ok(Some(std::time::Duration::from_millis(20)));
        }
        if look::text(&pod, "/spec/nodeName").is_empty() {
            match self.schedule(stage, &pod).await? {
                Some(placed) => pod = placed,
                None => return Ok(None),
            }
        } else {
            self.ledger().note(&pod);
            let is_known = !matches!(look::text(&pod, "/status/phase"), "" | "Pending");
            if is_known && stage.options.settled.contains(look::uid(&pod)) {
                return Ok(None);
            }
        }
        self.run(stage, &pod).await
    }

    /// Places a pod; `None` while no node takes it.
    async fn schedule(&self, stage: &Stage, pod: &Value) -> Result<Option<Arc<Value>>, PlayerError> {
        let placed = match self.obstacle(stage, pod).await? {
            Some(Obstacle::Binding) => return Ok(None),
            Some(Obstacle::Told(message)) => Err(message),
            None => self.ledger().place(&stage.world, pod),
        };
        let node = match placed {
            Ok(node) => node,
            Err(message) => {
                stage.api.set_status("pods", pod, pod_status::unschedulable(pod, &message)).await?;
                stage.events.record("default-scheduler", pod, "Warning", "FailedScheduling", &message);
                return Ok(None);
            }
        };
        let patched = stage.api.patch("pods", pod, "", json!({"spec": {"nodeName": node}})).await?;
        if stage.options.routine_events {
            let text = format!("Successfully assigned {}/{} to {node}", look::namespace(pod), look::name(pod));
            stage.events.record("default-scheduler", pod, "Normal", "Scheduled", &text);
        }
        Ok(patched.map(Arc::new))
    }

    /// What is in the way of placing a pod; a claim that waits for its first consumer gets its node.
    async fn obstacle(&self, stage: &Stage, pod: &Value) -> Result<Option<Obstacle>, PlayerError> {
        let told = |message: String| Ok(Some(Obstacle::Told(message)));
        if fault_of(stage, pod) == Some(PodFailure::Unschedulable) {
            let nodes = stage.world.list("nodes", "").len();
            return told(none_available(&BTreeMap::from([("Insufficient cpu".to_owned(), nodes)])));
        }
        if !look::items(pod, "/spec/schedulingGates").is_empty() {
            return told("Scheduling is blocked due to non-empty scheduling gates".into());
        }
        for volume in look::items(pod, "/spec/volumes") {
            let claim = look::text(volume, "/persistentVolumeClaim/claimName");
            if claim.is_empty() {
                continue;
            }
            let Some(found) = stage.world.get("persistentvolumeclaims", look::namespace(pod), claim) else {
                return told(format!("persistentvolumeclaim \"{claim}\" not found"));
            };
            if look::text(&found, "/status/phase") == "Bound" {
                continue;
            }
            let class =
                stage.world.get("storageclasses.storage.k8s.io", "", look::text(&found, "/spec/storageClassName"));
            let waits = class.is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer");
            if !waits {
                let nodes = stage.world.list("nodes", "").len();
                return told(pod_not_ready_for_nodes(nodes, "pod has unbound immediate PersistentVolumeClaims"));
            }
            // The consumer is here: the claim may be bound.
            if look::annotation(&found, SELECTED_NODE).is_none() {
                let node = stage.world.list("nodes", "").first().map(|node| look::name(node).to_owned());
                let patch = json!({"metadata": {"annotations": {SELECTED_NODE: node.unwrap_or_default()}}});
                stage.api.patch("persistentvolumeclaims", &found, "", patch).await?;
            }
            return Ok(Some(Obstacle::Binding));
        }
        Ok(None)
    }

    async fn run(&self, stage: &Stage, pod: &Value) -> Result<Next, PlayerError> {
        let fault = fault_of(stage, pod);
        let phase = if let Some((volume, what)) = missing_mount(&stage.world, pod) {
            let text = format!("MountVolume.SetUp failed for volume \"{volume}\" : {what} not found");
            stage.events.record("kubelet", pod, "Warning", "FailedMount", &text);
            Phase::Mounting
        } else if let Some(what) = missing_reference(&stage.world, pod) {
            stage.events.record("kubelet", pod, "Warning", "Failed", &format!("Error: {what} not found"));
            Phase::Misconfigured(format!("{what} not found"))
        } else if let Some(fault) = fault {
            self.tell_fault(stage, pod, fault).await;
            Phase::Failing(fault)
        } else {
            finished(pod).unwrap_or(Phase::Running)
        };
        let node = stage.world.get("nodes", "", look::text(pod, "/spec/nodeName"));
        let addresses = node.as_deref().map(|node| look::items(node, "/status/addresses")).unwrap_or_default();
        let host_ip = addresses
            .iter()
            .find(|one| one["type"] == "InternalIP")
            .map_or("127.0.0.1", |one| look::text(one, "/address"));
        let known_ip = look::text(pod, "/status/podIP");
        let pod_ip = match (pod["spec"]["hostNetwork"] == true, known_ip) {
            (true, _) => host_ip.to_owned(),
            (false, "") => address_of(look::uid(pod)),
            (false, known) => known.to_owned(),
        };
        let log = look::annotation(pod, LOG).unwrap_or("panic: the program ended unexpectedly");
        let status = pod_status::status(pod, &phase, &Place { host_ip, pod_ip: &pod_ip }, log);
        let starts = phase == Phase::Running && look::text(pod, "/status/phase") != "Running";
        stage.api.set_status("pods", pod, status).await?;
        if starts && stage.options.routine_events {
            for container in look::items(pod, "/spec/containers") {
                let (name, image) = (look::text(container, "/name"), look::text(container, "/image"));
                let pulled = format!("Container image \"{image}\" already present on machine");
                stage.events.record("kubelet", pod, "Normal", "Pulled", &pulled);
                stage.events.record("kubelet", pod, "Normal", "Started", &format!("Started container {name}"));
            }
        }
        Ok(None)
    }

    async fn tell_fault(&self, stage: &Stage, pod: &Value, fault: PodFailure) {
        let first = look::items(pod, "/spec/containers").first();
        let (name, image) = first.map_or(("", ""), |one| (look::text(one, "/name"), look::text(one, "/image")));
        let told = match fault {
            PodFailure::ImagePull => vec![
                ("Failed", format!("Failed to pull image \"{image}\": not found")),
                ("Failed", "Error: ErrImagePull".to_owned()),
                ("BackOff", format!("Back-off pulling image \"{image}\"")),
            ],
            PodFailure::CrashLoop => vec![(
                "BackOff",
                format!(
                    "Back-off restarting failed container {name} in pod {}_{}",
                    look::name(pod),
                    look::namespace(pod)
                ),
            )],
            PodFailure::NeverReady => vec![("Unhealthy", "Readiness probe failed: connection refused".to_owned())],
            PodFailure::Unschedulable => Vec::new(),
        };
        for (reason, message) in told {
            stage.events.record("kubelet", pod, "Warning", reason, &message);
        }
    }
}

/// Why a pod is not placed yet, whatever the nodes are like.
enum Obstacle {
    /// Its claim is being bound: it looks again when that is done.
    Binding,
    Told(String),
}

const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

fn fault_of(stage: &Stage, pod: &Value) -> Option<PodFailure> {
    let asked = look::annotation(pod, FAULT).and_then(PodFailure::of_name);
    let named = |one: &&super::PodFault| {
        (one.namespace.is_empty() || one.namespace == look::namespace(pod))
            && look::name(pod).starts_with(&one.name_prefix)
    };
    asked.or_else(|| stage.options.faults.iter().find(named).map(|one| one.fault))
}

/// A pod of a Job does its work at once; any other only if it says with what it ends.
fn finished(pod: &Value) -> Option<Phase> {
    if look::text(pod, "/spec/restartPolicy") == "Always" {
        return None;
    }
    let code = look::annotation(pod, EXIT).and_then(|text| text.parse().ok());
    let of_job = look::controller(pod).is_some_and(|owner| owner["kind"] == "Job");
    match code.or(of_job.then_some(0)) {
        Some(0) => Some(Phase::Succeeded),
        Some(code) => Some(Phase::Failed(code)),
        None => None,
    }
}

/// The volume that cannot be mounted, and what it misses (`secret "x"`).
fn missing_mount(world: &World, pod: &Value) -> Option<(String, String)> {
    let namespace = look::namespace(pod);
    let is_missing = |source: &Value, kind: &str, name_field: &str| {
        let name = look::text(source, &format!("/{name_field}"));
        let wanted = source.is_object() && source["optional"] != true && !name.is_empty();
        (wanted && world.get(kind, namespace, name).is_none()).then(|| name.to_owned())
    };
    for volume in look::items(pod, "/spec/volumes") {
        let one = std::iter::once(volume);
        let sources = one.chain(look::items(volume, "/projected/sources"));
        for source in sources {
            let projected = !std::ptr::eq(source, volume);
            let secret_name = if projected { "name" } else { "secretName" };
            if let Some(name) = is_missing(&source["secret"], "secrets", secret_name) {
                return Some((look::text(volume, "/name").to_owned(), format!("secret \"{name}\"")));
            }
            if let Some(name) = is_missing(&source["configMap"], "configmaps", "name") {
                return Some((look::text(volume, "/name").to_owned(), format!("configmap \"{name}\"")));
            }
        }
    }
    None
}

/// What the environment of a container names and is not there.
fn missing_reference(world: &World, pod: &Value) -> Option<String> {
    let namespace = look::namespace(pod);
    let missing = |source: &Value, kind: &str, word: &str| {
        let name = look::text(source, "/name");
        let wanted = source.is_object() && source["optional"] != true && !name.is_empty();
        (wanted && world.get(kind, namespace, name).is_none()).then(|| format!("{word} \"{name}\""))
    };
    let containers = look::items(pod, "/spec/initContainers").iter().chain(look::items(pod, "/spec/containers"));
    for container in containers {
        for variable in look::items(container, "/env") {
            let from = &variable["valueFrom"];
            let found = missing(&from["secretKeyRef"], "secrets", "secret")
                .or_else(|| missing(&from["configMapKeyRef"], "configmaps", "configmap"));
            if found.is_some() {
                return found;
            }
        }
        for from in look::items(container, "/envFrom") {
            let found = missing(&from["secretRef"], "secrets", "secret")
                .or_else(|| missing(&from["configMapRef"], "configmaps", "configmap"));
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// An address of the pod network that follows from the uid; with some hundreds of pods two rarely share one, and
/// nothing here listens on it.
fn address_of(uid: &str) -> String {
    let hash = uid.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("10.244.{}.{}", (hash >> 8) % 256, hash % 254 + 1)
}
