//! Jobs: pods that do their work once, counted until enough succeeded or too many failed.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;

use super::error::PlayerError;
use super::look;
use super::pods;
use super::pods::NewPod;
use super::replica_sets;
use super::runner::Next;
use super::runner::Player;
use super::runner::Stage;
use super::world::Change;
use super::world::Key;
use super::world::World;

pub(super) struct Jobs;

const KIND: &str = "jobs.batch";

impl Player for Jobs {
    fn watches(&self) -> &'static [&'static str] {
        &[KIND, "pods", "serviceaccounts"]
    }

    fn keys(&self, world: &World, change: &Change) -> Vec<Key> {
        replica_sets::keys_of_owner(world, change, KIND, "Job")
    }

    fn act<'a>(&'a self, stage: &'a Stage, key: &'a Key) -> BoxFuture<'a, Result<Next, PlayerError>> {
        act(stage, key).boxed()
    }
}

async fn act(stage: &Stage, key: &Key) -> Result<Next, PlayerError> {
    let Some(job) = stage.world.get(KIND, &key.namespace, &key.name) else { return Ok(None) };
    if look::is_deleting(&job) {
        return Ok(None);
    }
    if look::condition_holds(&job, "Complete") || look::condition_holds(&job, "Failed") {
        return expire(stage, &job).await;
    }
    let pods = stage.world.controlled("pods", &key.namespace, look::uid(&job));
    let in_phase = |phase: &str| pods.iter().filter(|pod| look::text(pod, "/status/phase") == phase).count() as i64;
    let (succeeded, failed) = (in_phase("Succeeded"), in_phase("Failed"));
    let mut active = pods.iter().filter(|pod| pods::is_active(pod)).count() as i64;
    let parallelism = look::number(&job, "/spec/parallelism").unwrap_or(1);
    let completions = look::number(&job, "/spec/completions").unwrap_or(if succeeded > 0 { succeeded } else { 1 });
    let give_up = failed > look::number(&job, "/spec/backoffLimit").unwrap_or(6);
    let suspended = job["spec"]["suspend"] == true;
    let mut refused = None;
    if !give_up && !suspended {
        let mut numbers = pods.len()..;
        while active < parallelism.min(completions - succeeded) {
            let number = numbers.next().unwrap_or_default();
            let suffix = look::short_hash(&format!("{}/{number}", look::uid(&job)), 5);
            let new = NewPod { name: format!("{}-{suffix}", look::name(&job)), ..NewPod::default() };
            refused = pods::create(stage, &job, &job["spec"]["template"], new).await?.err();
            if refused.is_some() {
                break;
            }
            active += 1;
        }
    }
    let ready = pods.iter().filter(|pod| pods::is_active(pod) && pods::is_ready(pod)).count();
    let mut status = pods::without_zeros(
        json!({"active": active, "succeeded": succeeded, "failed": failed, "ready": ready,
            "terminating": 0, "uncountedTerminatedPods": {}}),
        &["ready", "terminating"],
    );
    let started = Some(look::text(&job, "/status/startTime")).filter(|time| !time.is_empty());
    if !suspended {
        status["startTime"] = started.map_or_else(look::now, str::to_owned).into();
    }
    let mut conditions = look::items(&job, "/status/conditions").to_vec();
    let mut tell = |kind: &str, reason: &str, message: &str| {
        look::set_condition(&mut conditions, kind, "True", reason, message);
        if let Some(one) = conditions.iter_mut().find(|one| one["type"] == kind) {
            one["lastProbeTime"] = one["lastTransitionTime"].clone();
        }
    };
    if succeeded >= completions {
        let text = "Reached expected number of succeeded pods";
        tell("SuccessCriteriaMet", "CompletionsReached", text);
        tell("Complete", "CompletionsReached", text);
        status["completionTime"] = look::now().into();
        stage.events.record("job-controller", &job, "Normal", "Completed", "Job completed");
    } else if give_up {
        let text = "Job has reached the specified backoff limit";
        tell("FailureTarget", "BackoffLimitExceeded", text);
        tell("Failed", "BackoffLimitExceeded", text);
        stage.events.record("job-controller", &job, "Warning", "BackoffLimitExceeded", text);
    }
    if !conditions.is_empty() {
        status["conditions"] = conditions.into();
    }
    stage.api.set_status(KIND, &job, status).await?;
    if let Some(refusal) = refused {
        let text = format!("Error creating: {}", refusal.message);
        stage.events.record("job-controller", &job, "Warning", "FailedCreate", &text);
        return refusal.outcome();
    }
    Ok(None)
}

/// Deletes a finished Job when its time to live is over.
async fn expire(stage: &Stage, job: &Value) -> Result<Next, PlayerError> {
    let Some(seconds) = look::number(job, "/spec/ttlSecondsAfterFinished") else { return Ok(None) };
    let finished =
        look::items(job, "/status/conditions").iter().map(|one| look::text(one, "/lastTransitionTime")).max();
    let left = seconds as f64 - finished.and_then(look::seconds_since).unwrap_or(0.0);
    if left > 0.0 {
        return Ok(Some(Duration::from_secs_f64(left)));
    }
    stage.api.delete(KIND, job, json!({"propagationPolicy": "Background"})).await?;
    Ok(None)
}
