//! What all steps of a run share.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Event;
use super::Events;
use super::Options;
use super::informer::Informers;
use super::informer::trim;
use crate::object::Address;
use crate::object::GroupVersionKind;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::is_unsteady;
use crate::object::readiness;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Plan;
use crate::provider::kubernetes::Cluster;
use crate::provider::kubernetes::ClusterError;
use crate::provider::kubernetes::Resource;
use crate::provider::kubernetes::Retried;

/// Clones share everything.
#[derive(Clone)]
pub(super) struct Context {
    pub cluster: Cluster,
    pub plan: Arc<Plan>,
    by_id: Arc<BTreeMap<ObjectId, usize>>,
    by_owner: Arc<BTreeMap<Address, Vec<usize>>>,
    pub informers: Informers,
    pub slots: Arc<Semaphore>,
    pub wait_timeout: Duration,
    /// Cancelled by the first interrupt: gates give up, no request is begun.
    pub soft: CancellationToken,
    events: Events,
    /// As the server stored them in this run.
    stored: Arc<Mutex<BTreeMap<ObjectId, Arc<Object>>>>,
    gone: Arc<Mutex<BTreeSet<ObjectId>>>,
    serving: Arc<BTreeSet<ObjectId>>,
}

impl Context {
    pub fn new(
        cluster: &Cluster,
        plan: &Arc<Plan>,
        options: &Options,
        events: Events,
        soft: CancellationToken,
        stop: CancellationToken,
    ) -> Self {
        let retries = events.clone();
        let secrets = plan.secrets.clone();
        let tell = move |retried: Retried| {
            let Retried { id, attempt, reason, what, outage } = retried;
            let (reason, what) = (secrets.hidden(reason), secrets.hidden(what));
            retries.tell(Event::Retrying { id, attempt, reason, what, outage });
        };
        let cluster = cluster.watched(tell, soft.clone());
        let mut by_owner: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
        for (n, change) in plan.changes.iter().enumerate() {
            by_owner.entry(change.owner.clone()).or_default().push(n);
        }
        let namespaces: BTreeSet<&str> = plan.changes.iter().map(|c| c.id.namespace.as_str()).collect();
        let namespaces = namespaces.into_iter().filter(|n| !n.is_empty()).map(str::to_owned).collect();
        let changing = plan.changes.iter().filter(|change| change.action != Action::NoOp).map(|change| &change.id);
        Self {
            informers: Informers::new(&cluster, namespaces, changing, stop),
            cluster,
            plan: plan.clone(),
            by_id: Arc::new(plan.changes.iter().enumerate().map(|(n, c)| (c.id.clone(), n)).collect()),
            by_owner: Arc::new(by_owner),
            slots: Arc::new(Semaphore::new(options.parallelism.max(1))),
            wait_timeout: options.wait_timeout,
            soft,
            events,
            stored: Arc::default(),
            gone: Arc::default(),
            serving: Arc::new(options.serving.clone()),
        }
    }

    /// Whether this plan changes the definition of a kind: a server takes a moment to go by the new one.
    pub fn redefines(&self, gvk: &GroupVersionKind) -> bool {
        self.plan.changes.iter().any(|change| {
            let defines =
                |crd: &Object| crd.text("/spec/group") == gvk.group && crd.text("/spec/names/kind") == gvk.kind;
            change.action != Action::NoOp
                && change.id.kind == "CustomResourceDefinition"
                && change.after.as_deref().is_some_and(defines)
        })
    }

    pub fn tell(&self, event: Event) {
        let event = match event {
            Event::Waiting { gate, owner, reason } => {
                Event::Waiting { gate, owner, reason: self.plan.secrets.hidden(reason) }
            }
            event => event,
        };
        self.events.tell(event);
    }

    pub fn change(&self, id: &ObjectId) -> Option<&Change> {
        self.by_id.get(id).map(|n| &self.plan.changes[*n])
    }

    /// Owner of an object by the plan; `None` for one that is not in it.
    pub fn owner(&self, id: &ObjectId) -> Option<Address> {
        self.change(id).map(|change| change.owner.clone())
    }

    pub fn remember(&self, object: Object) {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.insert(object.id(), Arc::new(trim(object)));
    }

    pub fn remember_gone(&self, id: &ObjectId) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    }

    pub fn is_gone(&self, id: &ObjectId) -> bool {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// All changes of an owner.
    pub fn changes_of(&self, owner: &Address) -> impl Iterator<Item = &Change> {
        let numbers = self.by_owner.get(owner).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().map(|n| &self.plan.changes[*n])
    }

    /// Whether an object is ready by what is known without asking: as stored in this run, else as the plan saw it when
    /// it leaves it as it is.
    pub fn is_known_ready(&self, id: &ObjectId) -> bool {
        let rules = &self.plan.readiness;
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(stored) = stored {
            return readiness(&stored, rules).is_current();
        }
        match self.change(id).filter(|change| change.action == Action::NoOp) {
            Some(Change { before: Some(object), .. }) => readiness(object, rules).is_current(),
            // A plan drops what it leaves alone.
            Some(_) => self.serving.contains(id) || !is_unsteady(id, rules),
            None => false,
        }
    }

    /// The version in which to ask for an object: as in the plan, else whichever is served.
    pub async fn resource(&self, id: &ObjectId) -> Result<Resource, ClusterError> {
        if let Some(change) = self.change(id) {
            let kinds = self.cluster.kinds().await?;
            if let Some(resource) = kinds.nearest(&change.gvk) {
                return Ok(resource.clone());
            }
        }
        let kinds = self.cluster.kinds().await?;
        let resource = kinds.preferred(&id.group, &id.kind).cloned();
        resource.ok_or_else(|| ClusterError::UnknownKind { kind: id.group_kind() })
    }

    /// Waits until a kind is served, asking discovery again; all who wait share the answers.
    pub async fn served(&self, gvk: &GroupVersionKind, limit: Duration) -> Result<Resource, ClusterError> {
        let begun = tokio::time::Instant::now();
        let mut kinds = self.cluster.kinds().await?;
        let mut pause = Duration::from_millis(100);
        loop {
            if let Some(resource) = kinds.exact(gvk) {
                return Ok(resource.clone());
            }
            if begun.elapsed() > limit {
                return Err(ClusterError::UnknownKind { kind: gvk.to_string() });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
            kinds = self.cluster.refresh_kinds(&kinds).await?;
        }
    }
}
