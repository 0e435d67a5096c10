//! How far clusters and node pools are, in Cluster API's own words: phase, and the condition that is not met. Pure.

use serde_json::Value;

use super::dialect::Dialect;
use crate::object::Object;
use crate::provider::maker::MadeState;

/// Where conditions stand, the better ones first: each version has those of the other somewhere.
const CONDITIONS: [&str; 3] =
    ["/status/v1beta2/conditions", "/status/conditions", "/status/deprecated/v1beta1/conditions"];
/// Conditions that a cluster, and a node pool, must meet, in the order in which they come to it.
const OF_CLUSTER: [&str; 6] = [
    "TopologyReconciled",
    "InfrastructureReady",
    "ControlPlaneInitialized",
    "ControlPlaneAvailable",
    "ControlPlaneReady",
    "RemoteConnectionProbe",
];
const OF_POOL: [&str; 4] = ["MachinesUpToDate", "MachinesReady", "Available", "Ready"];
/// A control plane that can be asked, by the condition of either version; and by fields, where there is no condition.
const SERVES: [&str; 2] = ["ControlPlaneAvailable", "ControlPlaneReady"];
const SERVES_FIELDS: [&str; 2] = ["/status/controlPlaneReady", "/status/initialization/controlPlaneInitialized"];
/// Where it says for good why nothing comes of it.
const FAILURES: [&str; 2] = ["/status/failureMessage", "/status/deprecated/v1beta1/failureMessage"];
/// More of a message is not told.
const LONGEST: usize = 300;

/// A cluster and, once there is one, the object that is its control plane.
pub fn of_cluster(cluster: &Object, control_plane: Option<&Object>, wanted: &str) -> MadeState {
    if let Some(state) = of_any(cluster) {
        return state;
    }
    let serves = SERVES
        .iter()
        .find_map(|kind| condition(cluster, kind))
        .map_or_else(|| SERVES_FIELDS.iter().any(|field| cluster.get(field) == Some(&Value::Bool(true))), is_met);
    let at = control_plane.map(|object| object.text("/status/version")).unwrap_or_default();
    if serves && !at.is_empty() && !wanted.is_empty() && at != wanted {
        return busy(format!("control plane {at} on the way to {wanted}"), control_plane, &["Available", "Ready"]);
    }
    match serves && phase(cluster) == "Provisioned" {
        true => MadeState::Ready,
        false => busy(phase(cluster).to_owned(), Some(cluster), &OF_CLUSTER),
    }
}

/// A node pool. `None` is one of a topology that has not come to it yet.
pub fn of_pool(dialect: Dialect, deployment: Option<&Object>) -> MadeState {
    let Some(deployment) = deployment else { return MadeState::Busy("waits for its MachineDeployment".into()) };
    if let Some(state) = of_any(deployment) {
        return state;
    }
    let number = |pointer: &str| deployment.get(pointer).and_then(Value::as_i64).unwrap_or(0);
    let wanted = deployment.get("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let (all, ready, new) = (number("/status/replicas"), number("/status/readyReplicas"), number(dialect.up_to_date()));
    let seen = number("/status/observedGeneration") >= number("/metadata/generation");
    if seen && (all, ready, new) == (wanted, wanted, wanted) {
        return MadeState::Ready;
    }
    let words = format!("{}, {ready} of {wanted} machines ready, {new} up to date", phase(deployment));
    busy(words, Some(deployment), &OF_POOL)
}

/// What holds of everything: it leaves, it failed, somebody stopped it.
fn of_any(object: &Object) -> Option<MadeState> {
    if object.is_deleting() {
        return Some(MadeState::Leaving);
    }
    let said = FAILURES.iter().map(|pointer| object.text(pointer)).find(|text| !text.is_empty());
    if phase(object) == "Failed" || said.is_some() {
        return Some(MadeState::Failed(format!(
            "Cluster API says Failed: {}",
            shortened(said.unwrap_or("without a reason"))
        )));
    }
    (object.get("/spec/paused") == Some(&Value::Bool(true)))
        .then(|| MadeState::Busy("paused: somebody set spec.paused, and nothing is done until it is taken away".into()))
}

fn phase(object: &Object) -> &str {
    Some(object.text("/status/phase")).filter(|phase| !phase.is_empty()).unwrap_or("Pending")
}

fn conditions(object: &Object) -> &[Value] {
    let lists = CONDITIONS.iter().filter_map(|pointer| object.get(pointer)?.as_array());
    lists.map(Vec::as_slice).find(|list| !list.is_empty()).unwrap_or_default()
}

fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Value> {
    conditions(object).iter().find(|condition| condition["type"] == kind)
}

fn is_met(condition: &Value) -> bool {
    condition["status"] == "True"
}

/// The words, with the first of these conditions that is not met.
fn busy(words: String, object: Option<&Object>, kinds: &[&str]) -> MadeState {
    let unmet = kinds.iter().filter_map(|kind| condition(object?, kind)).find(|condition| !is_met(condition));
    MadeState::Busy(match unmet {
        None => words,
        Some(condition) => {
            let text = |key: &str| condition[key].as_str().unwrap_or_default();
            let parts = [text("type"), text("reason"), text("message")];
            let parts: Vec<&str> = parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
            format!("{words}; {}", shortened(&parts.join(": ")))
        }
    })
}

/// On one line.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(kind: &str, rest: Value) -> Object {
        let mut value = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": kind, "metadata": {"name": "x"}});
        value.as_object_mut().unwrap().extend(rest.as_object().cloned().unwrap());
        Object::from_value(value).unwrap()
    }

    #[test]
    fn a_cluster_serves_once_its_control_plane_does() {
        let met = json!({"type": "ControlPlaneAvailable", "status": "True"});
        let unmet = json!({"type": "ControlPlaneReady", "status": "False", "reason": "WaitingForKubeadmInit",
            "message": "0 of 1\n machines"});
        let reached = |status: Value| of_cluster(&object("Cluster", json!({"status": status})), None, "v1.34.1");
        assert_eq!(reached(json!({"phase": "Provisioned", "conditions": [met]})), MadeState::Ready);
        assert_eq!(
            reached(json!({"phase": "Provisioned", "v1beta2": {"conditions": [met]}, "conditions": [unmet]})),
            MadeState::Ready
        );
        assert_eq!(reached(json!({"phase": "Provisioned", "controlPlaneReady": true})), MadeState::Ready);
        let busy = "Provisioning; ControlPlaneReady: WaitingForKubeadmInit: 0 of 1 machines";
        assert_eq!(reached(json!({"phase": "Provisioning", "conditions": [unmet]})), MadeState::Busy(busy.into()));
        assert_eq!(reached(json!({})), MadeState::Busy("Pending".into()));
        let failed = reached(json!({"phase": "Failed", "deprecated": {"v1beta1": {"failureMessage": "no quota"}}}));
        assert_eq!(failed, MadeState::Failed("Cluster API says Failed: no quota".into()));
        let paused = object("Cluster", json!({"spec": {"paused": true}}));
        assert!(matches!(of_cluster(&paused, None, ""), MadeState::Busy(words) if words.contains("spec.paused")));
        let plane = object("Plane", json!({"status": {"version": "v1.33.2"}}));
        let cluster = object("Cluster", json!({"status": {"phase": "Provisioned", "conditions": [met]}}));
        let words = "control plane v1.33.2 on the way to v1.34.1";
        assert_eq!(of_cluster(&cluster, Some(&plane), "v1.34.1"), MadeState::Busy(words.into()));
        assert_eq!(of_cluster(&cluster, Some(&plane), "v1.33.2"), MadeState::Ready);
    }

    #[test]
    fn a_pool_serves_once_all_its_machines_do() {
        let of = |dialect, status: Value| {
            let mut deployment = object("MachineDeployment", json!({"spec": {"replicas": 2}, "status": status}));
            deployment.metadata_mut().insert("generation".into(), json!(3));
            of_pool(dialect, Some(&deployment))
        };
        let whole = json!({"observedGeneration": 3, "replicas": 2, "readyReplicas": 2, "upToDateReplicas": 2});
        assert_eq!(of(Dialect::V1Beta2, whole.clone()), MadeState::Ready);
        assert!(matches!(of(Dialect::V1Beta1, whole.clone()), MadeState::Busy(_)), "it counts in another field");
        let mut stale = whole;
        stale["observedGeneration"] = json!(2);
        stale["phase"] = json!("Running");
        let busy = "Running, 2 of 2 machines ready, 2 up to date";
        assert_eq!(of(Dialect::V1Beta2, stale), MadeState::Busy(busy.into()));
        assert_eq!(of_pool(Dialect::V1Beta2, None), MadeState::Busy("waits for its MachineDeployment".into()));
    }
}
