//! Runs the program of a step as a Job and waits for its end. A run that goes on finds the Job by its name; one that
//! failed, or that is of another walk or another making, goes first.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::time::Instant;

use super::step::Performed;
use super::step::StepTrouble;
use super::step::Surroundings;
use crate::apply::Event;
use crate::catalog::Claim;
use crate::catalog::HOP;
use crate::catalog::HopStep;
use crate::catalog::INSTALLATION_LABEL;
use crate::catalog::JOB_CONTAINER;
use crate::catalog::Program;
use crate::catalog::TEMPLATE;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::Secrets;
use crate::object::pod_trouble;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Propagation;
use crate::provider::kubernetes::Resource;

/// Lines of its log that are told.
const LINES: usize = 20;
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How a Job is.
enum State {
    Active,
    Complete,
    /// Why.
    Failed(String),
}

/// Runs the program of a step to its end.
///
/// # Errors
/// It fails, does not start in time, what it needs is not there, or the run was interrupted.
pub(super) async fn run(
    around: &Surroundings,
    step: &HopStep,
    program: Option<&Program>,
) -> Result<Performed, StepTrouble> {
    let manifest =
        program.and_then(|p| p.manifest(&around.installation, &around.jobs, &step.name, &around.run).map(|m| (p, m)));
    let Some((program, manifest)) = manifest else {
        return Err(StepTrouble::Failed(format!("{} has no program that could be run", step.title())));
    };
    let jobs = around.cluster.resource(&manifest.gvk()).await?;
    let mut made = Vec::new();
    for (claim, object) in program.claims() {
        if provide(around, &program.job.namespace, claim, object).await? {
            made.push(claim);
        }
    }
    let mut known = around.cluster.get(&jobs, manifest.namespace(), manifest.name()).await?;
    if let Some(job) = known.as_ref().filter(|job| !answers(job, &manifest)) {
        check_owner(job, around)?;
        remove(around, step, &jobs, job).await?;
        known = None;
    }
    if known.is_none() {
        around.check_interrupt()?;
        around.cluster.create(&manifest, around.patience()).await?;
    }
    let ended = wait(around, step, &jobs, &manifest).await?;
    let said = log(around, program, &manifest).await;
    if let State::Failed(reason) = ended {
        let reason = format!(
            "the program failed: {reason}. Its Job {}/{} is kept for a week; the next run begins it anew",
            manifest.namespace(),
            manifest.name()
        );
        return Err(StepTrouble::Program { reason, log: said });
    }
    let (namespace, name) = (manifest.namespace(), manifest.name());
    around.cluster.delete(&jobs, namespace, name, "", Propagation::Background, around.patience()).await?;
    let held = made.iter().filter(|claim| !claim.holds.is_empty());
    let held: Vec<String> = held.map(|claim| left(&program.job.namespace, claim)).collect();
    Ok(Performed {
        what: said.last().cloned().unwrap_or_else(|| "the program ended well".to_owned()),
        said,
        left: (!held.is_empty()).then(|| held.join(" ")),
        ..Performed::default()
    })
}

fn left(namespace: &str, claim: &Claim) -> String {
    format!(
        "PersistentVolumeClaim {namespace}/{} holds {}; delete it when nobody needs that any more.",
        claim.name, claim.holds
    )
}

/// Makes a claim where it is not there. Gives whether it was made to be kept.
async fn provide(
    around: &Surroundings,
    namespace: &str,
    claim: &Claim,
    object: Option<Object>,
) -> Result<bool, StepTrouble> {
    let kind = GroupVersionKind::new("", "v1", "PersistentVolumeClaim");
    let claims = around.cluster.resource(&kind).await?;
    let there = around.cluster.get(&claims, namespace, &claim.name).await?;
    match (there, object) {
        (Some(_), object) => Ok(object.is_some()),
        (None, Some(object)) => {
            around.check_interrupt()?;
            around.cluster.create(&object, around.patience()).await?;
            Ok(true)
        }
        (None, None) => {
            let reason = format!("PersistentVolumeClaim {namespace}/{} is not there", claim.name);
            Err(StepTrouble::Failed(reason))
        }
    }
}

/// Whether the Job is the one that is wanted, and has not failed.
fn answers(job: &Object, manifest: &Object) -> bool {
    let same = |annotation: &str| job.annotation(annotation) == manifest.annotation(annotation);
    same(HOP) && same(TEMPLATE) && !job.is_deleting() && !matches!(state(job), State::Failed(_))
}

/// A Job of somebody else by this name is not touched.
fn check_owner(job: &Object, around: &Surroundings) -> Result<(), StepTrouble> {
    if job.label(INSTALLATION_LABEL) == Some(&around.installation) {
        return Ok(());
    }
    Err(StepTrouble::Failed(format!("{} is not of this installation, and stands in the way", job.id())))
}

async fn remove(around: &Surroundings, step: &HopStep, jobs: &Resource, job: &Object) -> Result<(), StepTrouble> {
    around.check_interrupt()?;
    let (namespace, name) = (job.namespace(), job.name());
    around.cluster.delete(jobs, namespace, name, job.uid(), Propagation::Foreground, around.patience()).await?;
    let begun = Instant::now();
    let mut pause = PAUSE;
    // Its pods first: two of them must not write at once.
    while around.cluster.get(jobs, namespace, name).await?.is_some_and(|now| now.uid() == job.uid()) {
        let reason = format!("{} of before is still there", job.id());
        if begun.elapsed() > around.wait_timeout {
            return Err(StepTrouble::Failed(reason));
        }
        tell(around, step, reason);
        around.pause(pause).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}

async fn wait(around: &Surroundings, step: &HopStep, jobs: &Resource, manifest: &Object) -> Result<State, StepTrouble> {
    let begun = Instant::now();
    let mut pause = PAUSE;
    loop {
        let Some(job) = around.cluster.get(jobs, manifest.namespace(), manifest.name()).await? else {
            return Err(StepTrouble::Failed(format!("{} was deleted while it ran", manifest.id())));
        };
        match state(&job) {
            State::Active => {}
            ended => return Ok(ended),
        }
        let pods = pods(around, manifest).await?;
        let reason = match pods.iter().find_map(pod_trouble) {
            Some((trouble, _)) => trouble,
            None if has_started(&pods) => "the program runs".to_owned(),
            None => "the program has not started yet".to_owned(),
        };
        // How long it may run is the Job's own deadline; how long it may take to start is ours.
        if !has_started(&pods) && begun.elapsed() > around.wait_timeout {
            return Err(StepTrouble::Failed(format!("{} does not start: {reason}", manifest.id())));
        }
        tell(around, step, reason);
        around.pause(pause).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn tell(around: &Surroundings, step: &HopStep, reason: String) {
    around.events.tell(Event::StepWaiting { step: step.title(), reason });
}

fn state(job: &Object) -> State {
    let conditions = job.get("/status/conditions").and_then(Value::as_array);
    let text = |condition: &Value, key: &str| condition.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    for condition in conditions.into_iter().flatten().filter(|condition| text(condition, "status") == "True") {
        match text(condition, "type").as_str() {
            "Complete" => return State::Complete,
            "Failed" => return State::Failed(text(condition, "message")),
            _ => {}
        }
    }
    State::Active
}

async fn pods(around: &Surroundings, manifest: &Object) -> Result<Vec<Object>, ClusterError> {
    around.cluster.pods(manifest.namespace(), &format!("job-name={}", manifest.name())).await
}

/// Whether the program of one of the pods was begun.
fn has_started(pods: &[Object]) -> bool {
    let begun = |status: &Value| {
        ["/state/running", "/state/terminated", "/lastState/terminated"].iter().any(|at| status.pointer(at).is_some())
    };
    let statuses = |pod: &Object| {
        let statuses = pod.get("/status/containerStatuses").and_then(Value::as_array);
        statuses.is_some_and(|statuses| statuses.iter().any(begun))
    };
    pods.iter().any(statuses)
}

/// The end of the log of its last pod, without the secrets it was given. What cannot be read is not told.
async fn log(around: &Surroundings, program: &Program, manifest: &Object) -> Vec<String> {
    let Ok(mut pods) = pods(around, manifest).await else { return Vec::new() };
    pods.sort_by_key(|pod| pod.text("/metadata/creationTimestamp").to_owned());
    let Some(pod) = pods.iter().rfind(|pod| has_started(std::slice::from_ref(*pod))) else { return Vec::new() };
    let Some(secrets) = given(around, program).await else {
        return vec!["its log is not shown: the secrets it may hold cannot be read, and so not be hidden".to_owned()];
    };
    let lines = around.cluster.log_tail(pod.namespace(), pod.name(), JOB_CONTAINER, LINES, false).await;
    lines.unwrap_or_default().into_iter().map(|line| secrets.hidden(line)).collect()
}

/// The secret values that the program was given. `None` where they cannot be read.
async fn given(around: &Surroundings, program: &Program) -> Option<Secrets> {
    let mut values = Vec::new();
    let resource = around.cluster.resource(&GroupVersionKind::new("", "v1", "Secret")).await.ok()?;
    for (secret, key) in program.job.secrets.values() {
        let found = around.cluster.get(&resource, &program.job.namespace, secret).await.ok()?;
        let Some(object) = found else { continue };
        let coded = object.get("/data").and_then(|data| data.get(key)).and_then(Value::as_str).unwrap_or_default();
        let value = STANDARD.decode(coded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        values.extend(value);
    }
    Some(Secrets::of(values.iter().map(String::as_str)))
}
