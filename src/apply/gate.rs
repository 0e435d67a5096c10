//! Waits for what must serve. Every wait follows a watch; none asks again and again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Event;
use super::context::Context;
use super::informer::Slot;
use super::verdict;
use super::verdict::made_by;
use super::webhook;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::ObjectId;
use crate::object::Readiness;
use crate::object::Selector;
use crate::object::deletion;
use crate::object::pod_trouble;
use crate::plan::Action;
use crate::plan::Gate;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Patience;
use crate::provider::kubernetes::Resource;

/// Why a step did not succeed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It was given up because of an interrupt.
    Interrupted,
    /// The cluster refused, or could not be asked.
    World(Arc<ClusterError>),
    /// A watch that somebody else needs too could not be kept.
    Blind {
        id: ObjectId,
        error: Arc<ClusterError>,
    },
    Failed(String),
    /// An object did not become ready; diagnosis starts there.
    NotReady {
        id: ObjectId,
        reason: String,
    },
}

impl From<ClusterError> for Trouble {
    fn from(error: ClusterError) -> Self {
        Trouble::World(Arc::new(error))
    }
}

impl Trouble {
    /// Of the class that is tried again as long as there is time.
    pub fn is_passing(&self) -> bool {
        matches!(self, Trouble::World(error) if Patience::apply(Duration::ZERO).is_passing(error))
    }
}

/// A state that means failure must last this long: deployments recover when what they need comes up late.
const FAILS_AFTER: Duration = Duration::from_secs(30);

/// Owner of the object a gate is about.
pub(super) fn owner(context: &Context, gate: &Gate) -> Option<Address> {
    match gate {
        Gate::Ready(id) | Gate::Gone(id) | Gate::WebhookServes { configuration: id, .. } => context.owner(id),
        Gate::OwnerReady(owner) => Some(owner.clone()),
    }
}

/// Waits for a gate, telling what is waited for. `probes` are objects behind it, for webhooks.
pub(super) async fn wait(context: &Context, gate: &Gate, probes: &[usize]) -> Result<(), Trouble> {
    let mut told = Teller::new(context, gate);
    let outcome = match gate {
        Gate::Ready(id) => ready(context, id, &mut told).await,
        Gate::OwnerReady(owner) => owner_ready(context, owner, &mut told).await,
        Gate::WebhookServes { configuration, service } => {
            webhook::serves(context, configuration, service, probes, &mut told).await
        }
        Gate::Gone(id) => match context.is_gone(id) {
            true => Ok(()),
            false => gone_told(context, id, "", &mut told).await,
        },
    };
    if outcome.is_ok() {
        told.opened();
    }
    outcome
}

/// Waits for all objects of an owner that the plan leaves in place.
pub(super) async fn owner_ready(context: &Context, owner: &Address, told: &mut Teller<'_>) -> Result<(), Trouble> {
    for change in context.changes_of(owner) {
        let stays = !matches!(change.action, Action::Delete | Action::Forget);
        // A claim may wait for its first pod to be bound; the workload that uses it is waited for anyway.
        if stays && change.id.kind != "PersistentVolumeClaim" {
            ready(context, &change.id, told).await?;
        }
    }
    Ok(())
}

/// Waits until an object is ready by the rules of its kind; a CRD also until its kind is served.
pub(super) async fn ready(context: &Context, id: &ObjectId, told: &mut Teller<'_>) -> Result<(), Trouble> {
    let rules = &context.plan.readiness;
    if !context.is_known_ready(id) {
        let resource = found(context, id).await?;
        let rules = rules.clone();
        // A finished Job may be cleaned up before anybody saw it finish (ttlSecondsAfterFinished).
        let mut seen_job = false;
        follow(context, &resource, id, told, move |slot| match slot {
            Slot::There(object) => {
                seen_job = object.kind() == "Job";
                verdict::of_object(object, &rules)
            }
            _ if seen_job => Readiness::Current,
            _ => Readiness::InProgress("not there yet".into()),
        })
        .await?;
    }
    for made in made_by(id, rules) {
        let resource = found(context, &made).await?;
        let what = made.clone();
        let judge = move |slot: &Slot| match slot {
            Slot::There(object) => verdict::of_made(&what, Some(object)),
            _ => verdict::of_made(&what, None),
        };
        follow(context, &resource, &made, told, judge).await?;
    }
    for gvk in defined(context, id) {
        told.waits("not in discovery yet");
        context.served(&gvk, told.left()).await?;
    }
    Ok(())
}

/// Waits until an object (with this UID, where it is not empty) does not exist any more.
pub(super) async fn gone(context: &Context, id: &ObjectId, uid: &str) -> Result<(), Trouble> {
    gone_told(context, id, uid, &mut Teller::new(context, &Gate::Gone(id.clone()))).await
}

async fn gone_told(context: &Context, id: &ObjectId, uid: &str, told: &mut Teller<'_>) -> Result<(), Trouble> {
    let resource = match context.resource(id).await {
        Ok(resource) => resource,
        // The kind went, and its objects with it.
        Err(ClusterError::UnknownKind { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let uid = uid.to_owned();
    let what = id.clone();
    let slots = context.informers.follow_listed(&resource, id);
    let outcome = follow_slots(context, slots, id, told, move |slot| match slot {
        Slot::Absent => Readiness::Current,
        Slot::There(object) if !uid.is_empty() && object.uid() != uid => Readiness::Current,
        Slot::There(object) if object.is_deleting() => Readiness::InProgress(deletion(object)),
        Slot::There(_) => Readiness::InProgress("still there".into()),
        Slot::Unknown | Slot::Blind(_) => Readiness::InProgress(format!("looking whether {what} is still there")),
    });
    match outcome.await {
        // A kind that cannot be listed any more because its CRD is gone has no objects.
        Err(Trouble::World(error) | Trouble::Blind { error, .. }) if error.is_not_found() => Ok(()),
        other => other,
    }
}

/// Follows an object until `judge` is content, the time is up, or failure has lasted.
async fn follow(
    context: &Context,
    resource: &Resource,
    id: &ObjectId,
    told: &mut Teller<'_>,
    judge: impl FnMut(&Slot) -> Readiness,
) -> Result<(), Trouble> {
    let slots = context.informers.follow(resource, id);
    follow_slots(context, slots, id, told, judge).await
}

async fn follow_slots(
    context: &Context,
    mut slots: tokio::sync::watch::Receiver<Slot>,
    id: &ObjectId,
    told: &mut Teller<'_>,
    mut judge: impl FnMut(&Slot) -> Readiness,
) -> Result<(), Trouble> {
    let mut failing: Option<Instant> = None;
    let mut pods = Pods::of(id);
    loop {
        let slot = slots.borrow_and_update().clone();
        let state = match &slot {
            Slot::Unknown => Readiness::InProgress("looking".into()),
            Slot::Blind(error) => return Err(Trouble::Blind { id: id.clone(), error: error.clone() }),
            slot => judge(slot),
        };
        let not_ready = |reason: String| Trouble::NotReady { id: id.clone(), reason };
        let deadline = match state {
            Readiness::Current => return Ok(()),
            Readiness::InProgress(reason) => {
                failing = None;
                if !matches!(slot, Slot::Unknown) {
                    told.waits(&pods.explain(context, &slot, reason));
                }
                told.deadline
            }
            Readiness::Failed(reason) => {
                let since = *failing.get_or_insert_with(Instant::now);
                // A failed Job stays failed.
                if id.kind == "Job" || since.elapsed() >= FAILS_AFTER {
                    return Err(not_ready(reason));
                }
                told.waits(&reason);
                told.deadline.min(since + FAILS_AFTER)
            }
        };
        tokio::select! {
            biased;
            () = context.soft.cancelled() => return Err(Trouble::Interrupted),
            changed = slots.changed() => if changed.is_err() {
                return Err(Trouble::Failed(format!("the watch of {id} has ended")));
            },
            () = pods.news(context, told.begun) => {}
            () = tokio::time::sleep_until(deadline) => if Instant::now() >= told.deadline {
                // A watch may have been silent where there was news: what counts is how it is now.
                if judge(&now(context, id).await).is_current() {
                    return Ok(());
                }
                let waited = told.begun.elapsed().as_secs();
                return Err(not_ready(format!("{} after {waited} s", told.last_reason())));
            },
        }
    }
}

/// The object as the server has it; unknown where it cannot be asked.
async fn now(context: &Context, id: &ObjectId) -> Slot {
    let Ok(resource) = context.resource(id).await else { return Slot::Unknown };
    match context.cluster.get(&resource, &id.namespace, &id.name).await {
        Ok(Some(object)) => Slot::There(Arc::new(object)),
        Ok(None) => Slot::Absent,
        Err(_) => Slot::Unknown,
    }
}

/// What the pods of a workload say while it is waited for. Nobody looks at pods before a wait has become long.
struct Pods {
    is_workload: bool,
    resource: Option<Resource>,
    seen: Option<tokio::sync::watch::Receiver<u64>>,
}

/// A wait is long after this: most workloads are up by then.
const LONG: Duration = Duration::from_secs(5);

impl Pods {
    fn of(id: &ObjectId) -> Self {
        let is_workload = matches!(id.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "Job");
        Self { is_workload, resource: None, seen: None }
    }

    /// The reason with the worst trouble of a pod that the workload selects.
    fn explain(&self, context: &Context, slot: &Slot, reason: String) -> String {
        let (Some(resource), Slot::There(workload)) = (&self.resource, slot) else { return reason };
        let Ok(Some(pods)) = context.informers.all(resource) else { return reason };
        let Some(selector) = Selector::of_pods(workload) else { return reason };
        let selected = pods.iter().filter(|pod| {
            pod.namespace() == workload.namespace() && !pod.is_deleting() && selector.selects_object(pod)
        });
        let trouble = selected.filter_map(|pod| Some((pod.name().to_owned(), pod_trouble(pod)?.0))).min();
        match trouble {
            Some((pod, trouble)) => format!("{reason}; pod {pod}: {trouble}"),
            None => reason,
        }
    }

    /// Ends when there may be news of pods.
    async fn news(&mut self, context: &Context, begun: Instant) {
        if !self.is_workload {
            return std::future::pending().await;
        }
        match &mut self.seen {
            Some(seen) => {
                if seen.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
            None => {
                tokio::time::sleep_until(begun + LONG).await;
                let pod = GroupVersionKind::new("", "v1", "Pod");
                let Ok(resource) = context.cluster.resource(&pod).await else { return std::future::pending().await };
                self.seen = Some(context.informers.follow_any(&resource));
                self.resource = Some(resource);
            }
        }
    }
}

async fn found(context: &Context, id: &ObjectId) -> Result<Resource, Trouble> {
    match context.change(id) {
        Some(change) if change.after.is_some() => Ok(context.served(&change.gvk, Duration::from_secs(30)).await?),
        _ => Ok(context.resource(id).await?),
    }
}

/// The kinds that a CRD of this plan defines; none for other objects.
fn defined(context: &Context, id: &ObjectId) -> Vec<GroupVersionKind> {
    if id.kind != "CustomResourceDefinition" || id.group != "apiextensions.k8s.io" {
        return Vec::new();
    }
    let definition = context.change(id).and_then(|change| change.after.as_deref());
    definition.map(|crd| Resource::of_crd(crd).iter().map(Resource::gvk).collect()).unwrap_or_default()
}

/// Tells of one wait: when it begins to take time, when its reason changes, when it is over.
pub(super) struct Teller<'a> {
    context: &'a Context,
    gate: Gate,
    owner: Option<Address>,
    reason: String,
    pub begun: Instant,
    pub deadline: Instant,
}

impl<'a> Teller<'a> {
    pub fn new(context: &'a Context, gate: &Gate) -> Self {
        let begun = Instant::now();
        Self {
            gate: gate.clone(),
            owner: owner(context, gate),
            reason: String::new(),
            deadline: begun + context.wait_timeout,
            begun,
            context,
        }
    }

    /// What is waited for now.
    pub fn waits(&mut self, reason: &str) {
        if self.reason != reason {
            self.reason = reason.to_owned();
            let (gate, owner) = (self.gate.clone(), self.owner.clone());
            self.context.tell(Event::Waiting { gate, owner, reason: reason.to_owned() });
        }
    }

    pub fn last_reason(&self) -> &str {
        if self.reason.is_empty() { "not ready" } else { &self.reason }
    }

    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub fn opened(&self) {
        let (gate, owner) = (self.gate.clone(), self.owner.clone());
        self.context.tell(Event::Opened { gate, owner, took: self.begun.elapsed() });
    }
}
