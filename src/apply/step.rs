//! Performs one step of a hop. Each may be done twice: what is done already is found so and left.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::Event;
use super::Events;
use super::Interrupt;
use super::job;
use super::stored_version;
use crate::catalog::Deed;
use crate::catalog::HopStep;
use crate::catalog::Program;
use crate::catalog::Subject;
use crate::object::INSTALLATION_LABEL;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Readiness;
use crate::object::readiness;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Patience;
use crate::provider::kubernetes::Propagation;
use crate::provider::kubernetes::Resource;

/// What steps are performed in.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub cluster: Cluster,
    pub installation: String,
    /// Names the hop: what it restarts is marked with it, so that it is restarted once.
    pub mark: String,
    /// The names of Jobs begin so.
    pub jobs: String,
    /// Tells this walk of the hop from any other: what was run for another one says nothing.
    pub run: String,
    /// Restart what belongs to users too.
    pub restart: bool,
    pub wait_timeout: Duration,
    pub events: Events,
    pub interrupt: Interrupt,
}

/// What a step has done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Performed {
    /// `2 objects`, for the history.
    pub what: String,
    /// Objects that are proven gone.
    pub gone: Vec<ObjectId>,
    /// What is left for a person to do.
    pub left: Option<String>,
    /// What its program said in the end.
    pub said: Vec<String>,
}

/// Why a step did not come to its end.
#[derive(Debug)]
pub enum StepTrouble {
    World(ClusterError),
    Failed(String),
    /// A program that was run.
    Program {
        reason: String,
        /// The end of its log.
        log: Vec<String>,
    },
    Interrupted,
}

impl From<ClusterError> for StepTrouble {
    fn from(error: ClusterError) -> Self {
        Self::World(error)
    }
}

/// On the pod template of a workload that a hop has restarted.
const RESTARTED: &str = "stackwright.io/restarted";
/// Names of objects that a text tells; the others are counted.
const NAMED: usize = 5;

/// Performs a step and waits for what it brings about.
///
/// # Arguments
///
/// * `program`: of a step that runs one.
///
/// # Errors
/// The cluster refuses, what is waited for does not come, or the run was interrupted.
pub async fn perform_step(
    around: &Surroundings,
    step: &HopStep,
    program: Option<&Program>,
) -> Result<Performed, StepTrouble> {
    match &step.deed {
        Deed::Check { .. } | Deed::Note => Ok(Performed::default()),
        Deed::Run(_) => job::run(around, step, program).await,
        Deed::Delete { subject } => delete(around, step, subject).await,
        Deed::Patch { subject, merge, subresource } => patch(around, subject, merge, subresource).await,
        Deed::Store { version } => {
            let what = stored_version::bring(around, step, version).await?;
            Ok(Performed { what, ..Performed::default() })
        }
        Deed::Scale { subject, replicas } => scale(around, step, subject, *replicas).await,
        Deed::Restart { subject, asks } => restart(around, step, subject, *asks).await,
        Deed::Wait { subject, gone } => {
            wait(around, step, || async {
                let found = around.cluster.find(subject).await?;
                Ok(if *gone { still_there(&found) } else { not_ready(&found) })
            })
            .await?;
            Ok(Performed::default())
        }
    }
}

async fn delete(around: &Surroundings, step: &HopStep, subject: &Subject) -> Result<Performed, StepTrouble> {
    let found = meant(around, subject).await?;
    for object in &found {
        around.check_interrupt()?;
        let resource = around.cluster.resource(&object.gvk()).await?;
        let (namespace, name, uid) = (object.namespace(), object.name(), object.uid());
        around.cluster.delete(&resource, namespace, name, uid, Propagation::Background, around.patience()).await?;
    }
    for object in &found {
        let resource = around.cluster.resource(&object.gvk()).await?;
        let resource = &resource;
        wait(around, step, || async {
            let now = around.cluster.get(resource, object.namespace(), object.name()).await;
            let now = match now {
                // The kind itself went.
                Err(error) if error.is_not_found() => None,
                now => now?,
            };
            Ok(now.filter(|now| now.uid() == object.uid()).map(|now| match now.get("/metadata/finalizers") {
                Some(Value::Array(held)) if !held.is_empty() => {
                    format!("{} is held by {}", now.id(), Value::from(held.clone()))
                }
                _ => format!("{} is still there", now.id()),
            }))
        })
        .await?;
    }
    let gone = found.iter().map(Object::id).collect();
    Ok(Performed { what: told(found.iter().map(Object::id)), gone, ..Performed::default() })
}

async fn patch(around: &Surroundings, subject: &Subject, merge: &Value, part: &str) -> Result<Performed, StepTrouble> {
    let found = meant(around, subject).await?;
    let mut changed = Vec::new();
    for object in &found {
        around.check_interrupt()?;
        let resource = around.cluster.resource(&object.gvk()).await?;
        let (namespace, name) = (object.namespace(), object.name());
        let after = around.cluster.merge(&resource, namespace, name, part, merge.clone(), around.patience()).await?;
        changed.extend(after.filter(|after| after.resource_version() != object.resource_version()).map(|o| o.id()));
    }
    Ok(Performed { what: told(changed.into_iter()), ..Performed::default() })
}

async fn scale(
    around: &Surroundings,
    step: &HopStep,
    subject: &Subject,
    replicas: u32,
) -> Result<Performed, StepTrouble> {
    let found = patch(around, subject, &json!({"spec": {"replicas": replicas}}), "").await?;
    wait(around, step, || async {
        let found = around.cluster.find(subject).await?;
        let of = |object: &Object, pointer: &str| object.get(pointer).and_then(Value::as_u64).unwrap_or(0);
        let waits = found.iter().find(|object| {
            of(object, "/status/replicas") != u64::from(replicas)
                || of(object, "/status/observedGeneration") < of(object, "/metadata/generation")
        });
        Ok(waits.map(|object| format!("{} has {} pods", object.id(), of(object, "/status/replicas"))))
    })
    .await?;
    Ok(found)
}

async fn restart(
    around: &Surroundings,
    step: &HopStep,
    subject: &Subject,
    asks: bool,
) -> Result<Performed, StepTrouble> {
    let found = around.cluster.find(subject).await?;
    let (workloads, others) = workloads(&around.cluster, &found).await?;
    let others = match others.is_empty() {
        true => String::new(),
        false => format!("belong to no workload that can be restarted: {}", told(others.into_iter())),
    };
    if asks && !around.restart && !workloads.is_empty() {
        let what = format!("left to a person: {}", told(workloads.iter().cloned()));
        let mut left = format!("{} ({}). `--restart` restarts them", step.reason, told(workloads.into_iter()));
        if !others.is_empty() {
            left.push_str(&format!("; some {others}"));
        }
        return Ok(Performed { what, left: Some(format!("{left}.")), ..Performed::default() });
    }
    let mark = json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED: around.mark}}}}});
    for id in &workloads {
        around.check_interrupt()?;
        let Some(resource) = around.cluster.served_kind(&id.group, &id.kind).await? else { continue };
        around.cluster.merge(&resource, &id.namespace, &id.name, "", mark.clone(), around.patience()).await?;
    }
    wait(around, step, || async {
        let mut objects = Vec::new();
        for id in &workloads {
            if let Some(resource) = around.cluster.served_kind(&id.group, &id.kind).await? {
                objects.extend(around.cluster.get(&resource, &id.namespace, &id.name).await?);
            }
        }
        Ok(not_ready(&objects))
    })
    .await?;
    let left = (!others.is_empty()).then(|| format!("{} Some {others}.", step.reason));
    Ok(Performed { what: told(workloads.into_iter()), left, ..Performed::default() })
}

/// Kinds whose pods a changed template replaces.
const WORKLOADS: [&str; 3] = ["DaemonSet", "Deployment", "StatefulSet"];

/// The workloads among objects, or that pods among them belong to; and what belongs to none.
async fn workloads(
    cluster: &Cluster,
    found: &[Object],
) -> Result<(BTreeSet<ObjectId>, BTreeSet<ObjectId>), ClusterError> {
    let (mut workloads, mut others) = (BTreeSet::new(), BTreeSet::new());
    for object in found.iter().filter(|object| !object.is_deleting()) {
        let mut at = object.id();
        let mut owner = controller(object);
        // A pod of a Deployment belongs to a ReplicaSet, and that to the Deployment.
        while let Some(next) = owner.take() {
            at = next;
            if at.kind == "ReplicaSet"
                && let Some(resource) = cluster.served_kind(&at.group, &at.kind).await?
            {
                let set = cluster.get(&resource, &at.namespace, &at.name).await?;
                owner = set.as_ref().and_then(controller);
            }
        }
        let is_workload = at.group == "apps" && WORKLOADS.contains(&at.kind.as_str());
        if is_workload {
            workloads.insert(at)
        } else {
            others.insert(object.id())
        };
    }
    Ok((workloads, others))
}

/// What controls an object.
fn controller(object: &Object) -> Option<ObjectId> {
    let owners = object.get("/metadata/ownerReferences").and_then(Value::as_array)?;
    let owner = owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?;
    let text = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    Some(ObjectId::new(group, text("kind"), object.namespace(), text("name")))
}

/// The objects that a step is about, without those of other installations.
async fn meant(around: &Surroundings, subject: &Subject) -> Result<Vec<Object>, ClusterError> {
    let mut found = around.cluster.find(subject).await?;
    found.retain(|object| object.label(INSTALLATION_LABEL).is_none_or(|owner| owner == around.installation));
    Ok(found)
}

fn still_there(found: &[Object]) -> Option<String> {
    (!found.is_empty()).then(|| format!("still there: {}", told(found.iter().map(Object::id))))
}

fn not_ready(found: &[Object]) -> Option<String> {
    found.iter().find_map(|object| match readiness(object, &[]) {
        Readiness::Current => None,
        Readiness::InProgress(reason) | Readiness::Failed(reason) => Some(format!("{}: {reason}", object.id())),
    })
}

/// `2 objects: Secret a/b, Secret a/c`
pub fn told(ids: impl Iterator<Item = ObjectId>) -> String {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let noun = if ids.len() == 1 { "object" } else { "objects" };
    match ids.len() {
        0 => "nothing there".to_owned(),
        count if count > NAMED => {
            format!("{count} {noun}: {} and {} more", ids[..NAMED].join(", "), count - NAMED)
        }
        count => format!("{count} {noun}: {}", ids.join(", ")),
    }
}

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Looks again until nothing is waited for any more.
async fn wait<F: Future<Output = Result<Option<String>, ClusterError>>>(
    around: &Surroundings,
    step: &HopStep,
    mut look: impl FnMut() -> F,
) -> Result<(), StepTrouble> {
    let begun = Instant::now();
    let mut pause = PAUSE;
    while let Some(reason) = look().await? {
        if begun.elapsed() > around.wait_timeout {
            return Err(StepTrouble::Failed(reason));
        }
        around.events.tell(Event::StepWaiting { step: step.title(), reason });
        around.pause(pause).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}

impl Surroundings {
    /// For writing.
    pub(super) fn patience(&self) -> Patience {
        Patience::write(self.wait_timeout)
    }

    pub(super) fn check_interrupt(&self) -> Result<(), StepTrouble> {
        if self.interrupt.is_interrupted() { Err(StepTrouble::Interrupted) } else { Ok(()) }
    }

    pub(super) async fn pause(&self, pause: Duration) -> Result<(), StepTrouble> {
        tokio::select! {
            () = self.interrupt.interrupted() => Err(StepTrouble::Interrupted),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    /// The kind of definitions.
    pub(super) async fn definitions(&self) -> Result<Resource, ClusterError> {
        let gvk = crate::object::GroupVersionKind::new("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        self.cluster.resource(&gvk).await
    }
}
