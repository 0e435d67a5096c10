//! Deployments: a ReplicaSet for each template, rolled over as the strategy says, and their status.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::pods;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Deployments;

const KIND: &str = "deployments.apps";
const SETS: &str = "replicasets.apps";
const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

impl Player for Deployments {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, SETS, "pods"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        match &*change.key.kind {
            KIND => vec![change.key.clone()],
            SETS => {
                let owner = look::controller(&change.object).filter(|owner| owner["kind"] == "Deployment");
                owner
                    .map(|owner| Key::new(KIND, &change.key.namespace, look::text(owner, "/name")))
                    .into_iter()
                    .collect()
            }
            // Recreate waits until the old pods are gone, not only until they are being deleted.
            _ if change.gone => {
                let set = look::controller(&change.object).filter(|owner| owner["kind"] == "ReplicaSet");
                let set = set.and_then(|set| world.get(SETS, &change.key.namespace, look::text(set, "/name")));
                let owner = set.as_deref().and_then(look::controller);
                owner
                    .map(|owner| Key::new(KIND, &change.key.namespace, look::text(owner, "/name")))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(deployment) = stage.world.get(KIND, &key.namespace, &key.name) else { return Ok(None) };
    if look::is_deleting(&deployment) || !stage.world.is_listed(SETS) {
        return Ok(None);
    }
    let rollout = Rollout::new(stage, deployment);
    let Some(deployment) = rollout.perform().await? else { return Ok(None) };
    // What was just written shows in the copy: count anew.
    Rollout::new(stage, deployment).report().await
}

struct Rollout<'a> {
    stage: &'a Stage,
    deployment: Arc<Value>,
    wanted: i64,
    surge: i64,
    unavailable: i64,
    hash: String,
    /// The ReplicaSet of the present template.
    new: Option<Arc<Value>>,
    old: Vec<Arc<Value>>,
}

impl<'a> Rollout<'a> {
    fn new(stage: &'a Stage, deployment: Arc<Value>) -> Self {
        let wanted = look::number(&deployment, "/spec/replicas").unwrap_or(1);
        let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
        let recreate = deployment["spec"]["strategy"]["type"] == "Recreate";
        let surge = if recreate { 0 } else { pods::share(&rolling["maxSurge"], wanted, true) };
        let mut unavailable =
            if recreate { 0 } else { pods::share(&rolling["maxUnavailable"], wanted, false).min(wanted) };
        if !recreate && surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        let hash = look::short_hash(&look::canonical(&deployment["spec"]["template"]), 10);
        let sets = stage.world.controlled(SETS, look::namespace(&deployment), look::uid(&deployment));
        let (new, old): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| {
            let template = look::same_template(&set["spec"]["template"], &deployment["spec"]["template"], HASH);
            look::label(set, HASH) == Some(&hash) || template
        });
        Self { stage, wanted, surge, unavailable, hash, new: new.into_iter().next(), old, deployment }
    }

    /// One step of the rollout; the Deployment as it is after it, `None` when it is gone.
    async fn perform(&self) -> Result<Option<Arc<Value>>, PlayerError> {
        if self.deployment["spec"]["paused"] == true && self.new.is_none() {
            return Ok(Some(Arc::clone(&self.deployment)));
        }
        let revision = self.revision();
        let recreate = self.deployment["spec"]["strategy"]["type"] == "Recreate";
        if recreate && self.old_pods() > 0 {
            for set in &self.old {
                self.scale(set, 0).await?;
            }
            if self.new.is_none() || self.old_pods() > 0 {
                return Ok(Some(Arc::clone(&self.deployment)));
            }
        }
        match &self.new {
            None => {
                let replicas = if recreate { self.wanted } else { self.room().min(self.wanted) };
                self.create_set(&revision, replicas).await?;
            }
            Some(new) => {
                self.mark(new, &revision).await?;
                self.roll(new).await?;
            }
        }
        self.clean_up().await?;
        if look::annotation(&self.deployment, REVISION) == Some(&revision) {
            return Ok(Some(Arc::clone(&self.deployment)));
        }
        let patch = json!({"metadata": {"annotations": {REVISION: revision}}});
        Ok(self.stage.api.patch(KIND, &self.deployment, "", patch).await?.map(Arc::new))
    }

    /// How many pods may be added without exceeding the surge.
    fn room(&self) -> i64 {
        let total: i64 = self.old.iter().chain(&self.new).map(|set| replicas(set)).sum();
        (self.wanted + self.surge - total).max(0)
    }

    /// Pods of old templates that are still there, on their way out or not.
    fn old_pods(&self) -> usize {
        let namespace = look::namespace(&self.deployment);
        let pods = |set: &Arc<Value>| {
            let pods = self.stage.world.controlled("pods", namespace, look::uid(set));
            pods.iter().filter(|pod| !matches!(look::text(pod, "/status/phase"), "Succeeded" | "Failed")).count()
        };
        self.old.iter().map(pods).sum()
    }

    async fn roll(&self, new: &Arc<Value>) -> Result<(), PlayerError> {
        let current = replicas(new);
        if current > self.wanted {
            return self.scale(new, self.wanted).await;
        }
        if current < self.wanted {
            let grown = if self.old.is_empty() { self.wanted } else { (current + self.room()).min(self.wanted) };
            self.scale(new, grown).await?;
        }
        // Old pods that do not serve anyway may go at once; of the others as many as availability allows.
        let available: i64 = self.old.iter().chain([new]).map(|set| count(set, "availableReplicas")).sum();
        let total: i64 = self.old.iter().chain([new]).map(|set| replicas(set)).sum();
        let new_unavailable = (replicas(new) - count(new, "availableReplicas")).max(0);
        let minimum = self.wanted - self.unavailable;
        let mut may_go = total - minimum - new_unavailable;
        let mut serving_may_go = available - minimum;
        for set in &self.old {
            let unhealthy = (replicas(set) - count(set, "availableReplicas")).max(0).min(may_go.max(0));
            let healthy = (replicas(set) - unhealthy).min(serving_may_go.max(0)).min((may_go - unhealthy).max(0));
            may_go -= unhealthy + healthy;
            serving_may_go -= healthy;
            self.scale(set, replicas(set) - unhealthy - healthy).await?;
        }
        Ok(())
    }

    async fn scale(&self, set: &Arc<Value>, replicas_wanted: i64) -> Result<(), PlayerError> {
        if replicas(set) == replicas_wanted {
            return Ok(());
        }
        let patch =
            json!({"spec": {"replicas": replicas_wanted}, "metadata": {"annotations": self.size_annotations()}});
        self.stage.api.patch(SETS, set, "", patch).await?;
        self.tell_scaled(look::name(set), replicas(set), replicas_wanted).await;
        Ok(())
    }

    async fn tell_scaled(&self, set: &str, from: i64, to: i64) {
        if self.stage.options.routine_events {
            let direction = if to > from { "up" } else { "down" };
            let text = format!("Scaled {direction} replica set {set} from {from} to {to}");
            let about = &self.deployment;
            self.stage.events.record("deployment-controller", about, "Normal", "ScalingReplicaSet", &text);
        }
    }

    fn size_annotations(&self) -> Value {
        json!({
            "deployment.kubernetes.io/desired-replicas": self.wanted.to_string(),
            "deployment.kubernetes.io/max-replicas": (self.wanted + self.surge).to_string(),
        })
    }

    /// The number of the present template: that of its set while it is the newest, else one more than the newest.
    fn revision(&self) -> String {
        let number =
            |set: &Arc<Value>| look::annotation(set, REVISION).and_then(|text| text.parse().ok()).unwrap_or(0_i64);
        let newest_old = self.old.iter().map(number).max().unwrap_or(0);
        let own = self.new.as_ref().map_or(0, number);
        if own > newest_old { own } else { newest_old.saturating_add(1) }.to_string()
    }

    async fn mark(&self, new: &Arc<Value>, revision: &str) -> Result<(), PlayerError> {
        let mut annotations = self.size_annotations();
        annotations[REVISION] = revision.into();
        let current = |key: &String| look::annotation(new, key);
        let same =
            annotations.as_object().is_some_and(|map| map.iter().all(|(key, value)| current(key) == value.as_str()));
        if !same {
            self.stage.api.patch(SETS, new, "", json!({"metadata": {"annotations": annotations}})).await?;
        }
        Ok(())
    }

    async fn create_set(&self, revision: &str, replicas: i64) -> Result<(), PlayerError> {
        let deployment = &self.deployment;
        let name = format!("{}-{}", look::name(deployment), self.hash);
        let mut annotations = look::mapping(deployment, "/metadata/annotations").cloned().unwrap_or_default();
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        annotations.insert(REVISION.into(), revision.into());
        if let Value::Object(size) = self.size_annotations() {
            annotations.extend(size);
        }
        let mut template = deployment["spec"]["template"].clone();
        template["metadata"]["labels"][HASH] = self.hash.as_str().into();
        let mut selector = deployment["spec"]["selector"].clone();
        selector["matchLabels"][HASH] = self.hash.as_str().into();
        let set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": name, "namespace": look::namespace(deployment), "annotations": annotations,
                "labels": template["metadata"]["labels"], "ownerReferences": [look::owner_reference(deployment)],
            },
            "spec": {"replicas": replicas, "selector": selector, "template": template,
                "minReadySeconds": look::number(deployment, "/spec/minReadySeconds").unwrap_or(0)},
        });
        self.stage.api.create(SETS, &set).await?;
        self.tell_scaled(&name, 0, replicas).await;
        Ok(())
    }

    /// Deletes the oldest empty sets beyond the history limit, once the rollout is complete.
    async fn clean_up(&self) -> Result<(), PlayerError> {
        let limit = look::number(&self.deployment, "/spec/revisionHistoryLimit").unwrap_or(10);
        let mut empty: Vec<_> = self
            .old
            .iter()
            .filter(|set| replicas(set) == 0 && count(set, "replicas") == 0 && !look::is_deleting(set))
            .collect();
        let excess = empty.len() as i64 - limit;
        if excess <= 0 {
            return Ok(());
        }
        empty.sort_by_key(|set| look::annotation(set, REVISION).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0));
        for set in empty.into_iter().take(excess as usize) {
            self.stage.api.delete(SETS, set, json!({"propagationPolicy": "Background"})).await?;
        }
        Ok(())
    }

    async fn report(&self) -> Result<Next, PlayerError> {
        let sets = || self.old.iter().chain(&self.new);
        let total = |field: &str| sets().map(|set| count(set, field)).sum::<i64>();
        let (all, available) = (total("replicas"), total("availableReplicas"));
        let updated = self.new.as_ref().map_or(0, |set| count(set, "replicas"));
        let mut status = pods::without_zeros(
            json!({
                "observedGeneration": self.deployment["metadata"]["generation"],
                "replicas": all, "updatedReplicas": updated, "readyReplicas": total("readyReplicas"),
                "availableReplicas": available, "unavailableReplicas": (self.wanted.max(all) - available).max(0),
            }),
            &[],
        );
        let mut conditions = look::items(&self.deployment, "/status/conditions").to_vec();
        let enough = available >= self.wanted - self.unavailable;
        let (truth, reason, text) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        set_condition(&mut conditions, "Available", truth, reason, text);
        let complete = updated == self.wanted && all == self.wanted && available == self.wanted;
        let moved = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"]
            .iter()
            .any(|field| self.deployment["status"][field] != status[field]);
        let next = self.judge_progress(&mut conditions, complete, moved);
        conditions.retain(|one| one["type"] != "ReplicaFailure");
        let failures = sets().flat_map(|set| look::items(set, "/status/conditions"));
        if let Some(failure) = failures.clone().find(|one| one["type"] == "ReplicaFailure") {
            let (reason, message) = (look::text(failure, "/reason"), look::text(failure, "/message"));
            set_condition(&mut conditions, "ReplicaFailure", "True", reason, message);
            if let Some(kept) = previous(&self.deployment, "ReplicaFailure")
                && kept["message"] == message
                && let Some(last) = conditions.last_mut()
            {
                *last = kept.clone();
            }
        }
        status["conditions"] = conditions.into();
        self.stage.api.set_status(KIND, &self.deployment, status).await?;
        Ok(next)
    }

    /// Sets the Progressing condition; how long until the deadline, while one runs.
    fn judge_progress(&self, conditions: &mut Vec<Value>, complete: bool, moved: bool) -> Next {
        let set = self.new.as_ref().map_or_else(
            || format!("{}-{}", look::name(&self.deployment), self.hash),
            |set| look::name(set).to_owned(),
        );
        let succeeded = format!("ReplicaSet \"{set}\" has successfully progressed.");
        if self.deployment["spec"]["paused"] == true {
            set_condition(conditions, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused");
            return None;
        }
        if complete {
            set_condition(conditions, "Progressing", "True", "NewReplicaSetAvailable", &succeeded);
            return None;
        }
        let current = conditions.iter().position(|one| one["type"] == "Progressing");
        let said = |at: usize, field: &str| conditions[at][field].as_str().unwrap_or_default().to_owned();
        // A rollout that once succeeded does not start to count again because a pod fell over.
        if current.is_some_and(|at| said(at, "message") == succeeded) {
            return None;
        }
        let deadline = look::number(&self.deployment, "/spec/progressDeadlineSeconds").unwrap_or(600) as f64;
        let progressing = format!("ReplicaSet \"{set}\" is progressing.");
        let timed_out = format!("ReplicaSet \"{set}\" has timed out progressing.");
        match current {
            Some(at) if !moved && (said(at, "message") == progressing || said(at, "message") == timed_out) => {
                let passed = look::seconds_since(&said(at, "lastUpdateTime")).unwrap_or(0.0);
                if passed < deadline {
                    return Some(Duration::from_secs_f64(deadline - passed + 0.1));
                }
                set_condition(conditions, "Progressing", "False", "ProgressDeadlineExceeded", &timed_out);
                None
            }
            _ => {
                set_condition(conditions, "Progressing", "True", "ReplicaSetUpdated", &progressing);
                if let Some(one) = conditions.iter_mut().find(|one| one["type"] == "Progressing") {
                    one["lastUpdateTime"] = look::now().into();
                }
                Some(Duration::from_secs_f64(deadline + 0.1))
            }
        }
    }
}

fn previous<'a>(deployment: &'a Value, kind: &str) -> Option<&'a Value> {
    look::items(deployment, "/status/conditions").iter().find(|one| one["type"] == kind)
}

/// As all conditions, with `lastUpdateTime` beside.
fn set_condition(conditions: &mut Vec<Value>, kind: &str, status: &str, reason: &str, message: &str) {
    if look::set_condition(conditions, kind, status, reason, message)
        && let Some(one) = conditions.iter_mut().find(|one| one["type"] == kind)
    {
        one["lastUpdateTime"] = look::now().into();
    }
}

fn replicas(set: &Value) -> i64 {
    look::number(set, "/spec/replicas").unwrap_or(1)
}

fn count(set: &Value, field: &str) -> i64 {
    set["status"][field].as_i64().unwrap_or(0)
}
