//! ReplicaSets: as many pods as they want, and their status.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::pods;
use super::pods::NewPod;
use super::pods::Refusal;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct ReplicaSets;

const KIND: &str = "replicasets.apps";

impl Player for ReplicaSets {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, "pods", "serviceaccounts"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        keys_of_owner(world, change, KIND, "ReplicaSet")
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

/// The keys of owners for a change of themselves, of a pod of theirs, or of a ServiceAccount that one may wait for.
pub(super) fn keys_of_owner(world: &World, change: &Change, kind: &'static str, owner_kind: &str) -> Vec<Key> {
    match &*change.key.kind {
        "pods" => {
            let owner = look::controller(&change.object).filter(|owner| owner["kind"] == owner_kind);
            owner.map(|owner| Key::new(kind, &change.key.namespace, look::text(owner, "/name"))).into_iter().collect()
        }
        "serviceaccounts" => {
            let waiting = |owner: &&std::sync::Arc<Value>| {
                // A set whose pods could not be made says so, or has none yet.
                look::text(owner, "/spec/template/spec/serviceAccountName") == change.key.name
                    || change.key.name == "default"
            };
            let owners = world.list(kind, &change.key.namespace);
            owners
                .iter()
                .filter(waiting)
                .map(|owner| Key::new(kind, &change.key.namespace, look::name(owner)))
                .collect()
        }
        _ if *change.key.kind == *kind => vec![change.key.clone()],
        _ => Vec::new(),
    }
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(set) = stage.world.get(KIND, &key.namespace, &key.name) else { return Ok(None) };
    if look::is_deleting(&set) {
        return Ok(None);
    }
    let wanted = look::number(&set, "/spec/replicas").unwrap_or(1);
    let all = stage.world.controlled("pods", &key.namespace, look::uid(&set));
    let mut active: Vec<_> = all.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
    let mut failure = None;
    if (active.len() as i64) < wanted {
        failure = create_missing(stage, &set, &all, wanted - active.len() as i64).await?;
    } else if active.len() as i64 > wanted {
        pods::rank_for_deletion(&mut active);
        for pod in &active[..active.len() - wanted.max(0) as usize] {
            pods::delete(stage, pod).await?;
        }
    }
    let all = stage.world.controlled("pods", &key.namespace, look::uid(&set));
    let active: Vec<_> = all.into_iter().filter(|pod| pods::is_active(pod)).collect();
    let tally = pods::tally(&active, look::number(&set, "/spec/minReadySeconds").unwrap_or(0));
    let mut status = json!({
        "replicas": tally.total, "fullyLabeledReplicas": tally.total, "readyReplicas": tally.ready,
        "availableReplicas": tally.available, "observedGeneration": set["metadata"]["generation"],
    });
    status = pods::without_zeros(status, &["replicas"]);
    let mut conditions = look::items(&set, "/status/conditions").to_vec();
    conditions.retain(|one| one["type"] != "ReplicaFailure" || failure.is_some());
    if let Some(refusal) = &failure {
        look::set_condition(&mut conditions, "ReplicaFailure", "True", "FailedCreate", &refusal.message);
    }
    if !conditions.is_empty() {
        status["conditions"] = conditions.into();
    }
    stage.api.set_status(KIND, &set, status).await?;
    match failure {
        Some(refusal) => refusal.outcome(),
        None => Ok(tally.next.map(Duration::from_secs_f64)),
    }
}

/// Makes the missing pods; returns why that was refused, if it was.
async fn create_missing(
    stage: &Stage,
    set: &Value,
    existing: &[std::sync::Arc<Value>],
    missing: i64,
) -> Result<Option<Refusal>, PlayerError> {
    // Names follow from the set and a number, so that a copy that lags behind cannot make one pod twice.
    let name = |number: u64| {
        let suffix = look::short_hash(&format!("{}/{number}", look::uid(set)), 5);
        format!("{}-{suffix}", look::name(set))
    };
    let free = (0..).map(name).filter(|name| !existing.iter().any(|pod| look::name(pod) == name));
    for name in free.take(usize::try_from(missing).unwrap_or(0)) {
        let new = NewPod { name, ..NewPod::default() };
        let shown = new.name.clone();
        if let Err(refusal) = pods::create(stage, set, &set["spec"]["template"], new).await? {
            let text = format!("Error creating: {}", refusal.message);
            stage.events.record("replicaset-controller", set, "Warning", "FailedCreate", &text);
            return Ok(Some(refusal));
        }
        if stage.options.routine_events {
            let text = format!("Created pod: {shown}");
            stage.events.record("replicaset-controller", set, "Normal", "SuccessfulCreate", &text);
        }
    }
    Ok(None)
}
