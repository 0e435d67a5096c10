//! DaemonSets: one pod on every node that takes it, and their status.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::pods;
use super::pods::NewPod;
use super::pods::Refusal;
use super::replica_sets;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::stateful_sets;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct DaemonSets;

const KIND: &str = "daemonsets.apps";
const REVISION_LABEL: &str = "controller-revision-hash";

impl Player for DaemonSets {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, "pods", "nodes", "serviceaccounts", "controllerrevisions.apps"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        if &*change.key.kind == "nodes" {
            // A heartbeat changes nothing for daemons; a new node, its labels and its taints do.
            let seen = |node: &Value| (node["metadata"]["labels"].clone(), node["spec"].clone());
            if change.before.as_deref().is_some_and(|before| !change.gone && seen(before) == seen(&change.object)) {
                return Vec::new();
            }
            let sets = world.list(KIND, "");
            return sets.iter().map(|set| Key::new(KIND, look::namespace(set), look::name(set))).collect();
        }
        replica_sets::keys_of_owner(world, change, KIND, "DaemonSet")
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(set) = stage.world.get(KIND, &key.namespace, &key.name) else { return Ok(None) };
    if look::is_deleting(&set) || !stage.world.is_listed("nodes") {
        return Ok(None);
    }
    let revision = stateful_sets::ensure_revision(stage, &set, KIND).await?;
    let hash = revision.rsplit_once('-').map_or(revision.as_str(), |(_, hash)| hash).to_owned();
    let nodes = stage.world.list("nodes", "");
    let wanted: Vec<&str> = nodes.iter().filter(|node| fits(&set, node)).map(|node| look::name(node)).collect();
    let present = stage.world.controlled("pods", &key.namespace, look::uid(&set));
    let mut failure = None;
    for node in &wanted {
        let on_node: Vec<_> = present.iter().filter(|pod| node_of(pod) == *node).collect();
        for pod in on_node.iter().filter(|pod| !pods::is_active(pod) && !look::is_deleting(pod)) {
            pods::delete(stage, pod).await?;
        }
        if on_node.is_empty() {
            failure = create(stage, &set, node, &hash).await?.err().or(failure);
        }
    }
    for pod in present.iter().filter(|pod| !wanted.contains(&node_of(pod)) && !look::is_deleting(pod)) {
        pods::delete(stage, pod).await?;
    }
    replace_old(stage, &set, &present, wanted.len() as i64, &hash).await?;
    report(stage, &set, &wanted, &hash).await?;
    let Some(refusal) = failure else { return Ok(None) };
    let text = format!("Error creating: {}", refusal.message);
    stage.events.record("daemonset-controller", &set, "Warning", "FailedCreate", &text);
    refusal.outcome()
}

/// The node a daemon is for: its affinity names it until it is placed.
fn node_of(pod: &Value) -> &str {
    let placed = look::text(pod, "/spec/nodeName");
    let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let meant = look::items(pod, terms).first().map_or("", |term| look::text(term, "/matchFields/0/values/0"));
    if meant.is_empty() { placed } else { meant }
}

fn fits(set: &Value, node: &Value) -> bool {
    let spec = "/spec/template/spec";
    let labels = look::mapping(node, "/metadata/labels");
    let selector_fits =
        look::mapping(set, &format!("{spec}/nodeSelector")).is_none_or(|wanted| look::has_all(wanted, labels));
    let terms = look::items(
        set,
        &format!("{spec}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms"),
    );
    let affinity_fits = terms.is_empty() || terms.iter().any(|term| look::selects(Some(term), labels));
    let tolerations = look::items(set, &format!("{spec}/tolerations"));
    let tolerated = look::items(node, "/spec/taints").iter().all(|taint| {
        let by_nature = look::text(taint, "/key").starts_with("node.kubernetes.io/");
        by_nature
            || taint["effect"] == "PreferNoSchedule"
            || tolerations.iter().any(|one| {
                one["operator"] == "Exists" && (one["key"].is_null() || one["key"] == taint["key"])
                    || one["key"] == taint["key"] && look::text(one, "/value") == look::text(taint, "/value")
            })
    });
    selector_fits && affinity_fits && tolerated
}

async fn create(stage: &Stage, set: &Value, node: &str, hash: &str) -> Result<Result<(), Refusal>, PlayerError> {
    let seed = format!("{}/{node}/{hash}", look::uid(set));
    let name = format!("{}-{}", look::name(set), look::short_hash(&seed, 5));
    let mut affinity = set["spec"]["template"]["spec"]["affinity"].clone();
    affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!({"nodeSelectorTerms": [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]});
    let mut tolerations = look::items(set, "/spec/template/spec/tolerations").to_vec();
    for key in ["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"] {
        let effect = if matches!(key, "not-ready" | "unreachable") { "NoExecute" } else { "NoSchedule" };
        tolerations.push(json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect}));
    }
    let mut spec = Map::new();
    spec.insert("affinity".into(), affinity);
    spec.insert("tolerations".into(), tolerations.into());
    let labels = vec![(REVISION_LABEL, hash.to_owned()), ("pod-template-generation", generation(set))];
    pods::create(stage, set, &set["spec"]["template"], NewPod { name, labels, spec }).await
}

fn generation(set: &Value) -> String {
    look::number(set, "/metadata/generation").unwrap_or(1).to_string()
}

/// Deletes daemons of an old template, as many at a time as may be missing.
async fn replace_old(
    stage: &Stage,
    set: &Value,
    present: &[Arc<Value>],
    wanted: i64,
    hash: &str,
) -> Result<(), PlayerError> {
    let strategy = &set["spec"]["updateStrategy"];
    if strategy["type"] == "OnDelete" {
        return Ok(());
    }
    let allowed = pods::share(&strategy["rollingUpdate"]["maxUnavailable"], wanted, true).max(1);
    let away = wanted - present.iter().filter(|pod| pods::is_active(pod) && pods::is_ready(pod)).count() as i64;
    let mut room = allowed - away;
    for pod in present.iter().filter(|pod| pods::is_active(pod) && look::label(pod, REVISION_LABEL) != Some(hash)) {
        if !pods::is_ready(pod) {
            pods::delete(stage, pod).await?;
        } else if room > 0 {
            room -= 1;
            pods::delete(stage, pod).await?;
        }
    }
    Ok(())
}

async fn report(stage: &Stage, set: &Value, wanted: &[&str], hash: &str) -> Result<(), PlayerError> {
    let present = stage.world.controlled("pods", look::namespace(set), look::uid(set));
    let active: Vec<_> = present.into_iter().filter(|pod| pods::is_active(pod)).collect();
    let right: Vec<_> = active.iter().filter(|pod| wanted.contains(&node_of(pod))).cloned().collect();
    let tally = pods::tally(&right, look::number(set, "/spec/minReadySeconds").unwrap_or(0));
    let desired = wanted.len() as i64;
    let updated = right.iter().filter(|pod| look::label(pod, REVISION_LABEL) == Some(hash)).count();
    let status = pods::without_zeros(
        json!({
            "observedGeneration": set["metadata"]["generation"], "desiredNumberScheduled": desired,
            "currentNumberScheduled": tally.total, "numberMisscheduled": active.len() as i64 - tally.total,
            "numberReady": tally.ready, "numberAvailable": tally.available,
            "numberUnavailable": (desired - tally.available).max(0), "updatedNumberScheduled": updated,
        }),
        &["desiredNumberScheduled", "currentNumberScheduled", "numberMisscheduled", "numberReady"],
    );
    stage.api.set_status(KIND, set, status).await
}
