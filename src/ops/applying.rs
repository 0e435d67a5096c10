//! Performs the plans of all clusters under their locks, and records outputs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::Failure;
use super::Known;
use super::Loaded;
use super::planning::PlanRequest;
use super::planning::Planned;
use super::records::unreadable;
use super::session::Session;
use crate::apply;
use crate::apply::Event;
use crate::apply::Interrupt;
use crate::apply::Outcome;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Action;
use crate::state::Holder;
use crate::state::Journal;
use crate::state::Lock;
use crate::state::LockOptions;
use crate::state::Output;
use crate::state::RevisionResult;
use crate::state::StateError;
use crate::state::Store;

/// How an apply is carried out.
#[derive(Clone, Debug)]
pub struct Carriage {
    pub parallelism: usize,
    pub lock_timeout: Duration,
    pub wait_timeout: Duration,
    /// For the history: `apply`, `destroy`.
    pub command: String,
}

/// What an apply did in all clusters.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// One for each cluster that was begun with.
    pub outcomes: Vec<Outcome>,
    pub outputs: BTreeMap<String, Output>,
    /// Notices for the person, as that an expired lock was taken over.
    pub notices: Vec<String>,
    /// Requests to each cluster, by verb, those of the plan included.
    pub requests: Vec<(Address, BTreeMap<&'static str, u64>)>,
}

/// An event, and the cluster it is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub cluster: Address,
    pub event: Event,
}

/// Performs plans that the person has agreed to, of all clusters at the same time. What fails in one stops no other.
///
/// # Errors
/// A lock is held, a plan is stale, or a cluster cannot be reached. What failed during the runs themselves is in the
/// outcomes.
pub async fn apply_all(
    loaded: &Arc<Loaded>,
    request: &PlanRequest,
    planned: Vec<Planned>,
    carriage: &Carriage,
    events: &UnboundedSender<Told>,
    interrupt: &Interrupt,
) -> Result<Applied, Failure> {
    let shared = Arc::new(Shared {
        loaded: loaded.clone(),
        known: Mutex::new(known(&planned)),
        erase: request.erases(),
        carriage: carriage.clone(),
        interrupt: interrupt.clone(),
    });
    let tasks: Vec<_> = planned
        .into_iter()
        .map(|one| {
            let (shared, told) = (shared.clone(), tell(&one.cluster.address, events));
            tokio::spawn(async move { apply_one(&shared, one, &told).await })
        })
        .collect();
    let mut done = Vec::new();
    let mut failures = Vec::new();
    for task in tasks {
        match task.await {
            Ok(Ok(one)) => done.push(one),
            Ok(Err(failure)) => failures.push(failure),
            Err(error) => failures.push(Failure::world("Cannot apply", error)),
        }
    }
    if let Some(failure) = Failure::all(failures) {
        return Err(failure);
    }
    let mut applied = Applied { outputs: shared.outputs(), ..Applied::default() };
    for one in done {
        // What was known only after another cluster had ended.
        if one.outputs.as_ref().is_some_and(|written| *written != applied.outputs) {
            write_outputs(&one.store, &applied.outputs).await?;
        }
        applied.outcomes.push(one.outcome);
        applied.notices.extend(one.notices);
        applied.requests.push((one.cluster, one.session.cluster.requests()));
    }
    if applied.outcomes.iter().any(|outcome| !outcome.is_success()) || shared.erase {
        applied.outputs.clear();
    }
    Ok(applied)
}

/// What the applies of all clusters have in common.
struct Shared {
    loaded: Arc<Loaded>,
    known: Mutex<Known>,
    /// The records go too.
    erase: bool,
    carriage: Carriage,
    interrupt: Interrupt,
}

impl Shared {
    fn outputs(&self) -> BTreeMap<String, Output> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.loaded.outputs(&known)
    }
}

/// A cluster whose apply has ended.
struct Done {
    cluster: Address,
    session: Session,
    store: Store,
    outcome: Outcome,
    notices: Vec<String>,
    /// As written to its records; `None` where none are to be there.
    outputs: Option<BTreeMap<String, Output>>,
}

/// Sends a cluster's events on, with its name.
fn tell(cluster: &Address, events: &UnboundedSender<Told>) -> UnboundedSender<Event> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let (cluster, events) = (cluster.clone(), events.clone());
    tokio::spawn(async move {
        while let Some(event) = receiver.recv().await {
            if events.send(Told { cluster: cluster.clone(), event }).is_err() {
                return;
            }
        }
    });
    sender
}

async fn apply_one(shared: &Shared, one: Planned, events: &UnboundedSender<Event>) -> Result<Done, Failure> {
    let Shared { carriage, interrupt, erase, .. } = shared;
    let lock = tokio::select! {
        biased;
        () = interrupt.interrupted() => return Err(Failure::Interrupted),
        lock = lock(&one.store, carriage, events) => lock?,
    };
    let mut notices = Vec::new();
    if let Some(holder) = lock.taken_over() {
        let Holder { identity, operation, since, process_gone, .. } = holder;
        let why = if *process_gone { "its process is gone" } else { "it was not renewed in time" };
        notices.push(format!("Took over the lock of {identity} ({operation}, since {since}): {why}."));
    }
    let result = under_lock(shared, &one, &lock, events).await;
    // Whatever came of it, the lock goes back. The first failure is the one to tell.
    let released = lock.release().await;
    let (outcome, outputs) = result?;
    released.map_err(unwritable)?;
    if outcome.is_success() && *erase {
        one.store.erase().await.map_err(unwritable)?;
    }
    let Planned { cluster, session, store, .. } = one;
    Ok(Done { cluster: cluster.address, session, store, outcome, notices, outputs })
}

/// The records cannot be written: what was attempted, and the causes.
fn unwritable(error: StateError) -> Failure {
    Failure::from_error("Cannot write the installation's records", &error)
}

async fn lock(store: &Store, carriage: &Carriage, events: &UnboundedSender<Event>) -> Result<Lock, Failure> {
    let options = LockOptions { operation: carriage.command.clone(), timeout: carriage.lock_timeout };
    let waiting = |holder: &Holder| {
        let waiting = Event::LockWaiting { holder: holder.identity.clone(), since: holder.since.clone() };
        let _ = events.send(waiting);
    };
    Lock::acquire(store, &options, waiting).await.map_err(|error| {
        let locked = matches!(error, StateError::Locked { .. });
        let failure = Failure::from_error("Cannot take the installation's lock", &error);
        if locked {
            failure.help(
                "Wait for the other run with --lock-timeout 10m.\nIf its process is gone, its lock expires by itself \
                 within two minutes, or break it with `stackwright unlock`.",
            )
        } else {
            failure
        }
    })
}

async fn under_lock(
    shared: &Shared,
    one: &Planned,
    lock: &Lock,
    events: &UnboundedSender<Event>,
) -> Result<(Outcome, Option<BTreeMap<String, Output>>), Failure> {
    let Shared { carriage, interrupt, .. } = shared;
    let mut journal = Journal::open(&one.store, lock).await.map_err(unreadable)?;
    if journal.inventory().revision != one.plan.revision {
        return Err(stale());
    }
    if one.is_unsettled {
        // The plan was made with the mended inventory; it is as old as the revision that was just compared.
        journal.inventory_mut().entries = one.inventory.entries.clone();
    }
    let broke_off = journal.last().is_some_and(|last| last.result != RevisionResult::Done);
    let resumed = if broke_off || lock.taken_over().is_some() { unready(one) } else { BTreeSet::new() };
    let options = apply::Options {
        parallelism: carriage.parallelism,
        wait_timeout: carriage.wait_timeout,
        record: Some(apply::Record {
            who: Lock::who(),
            command: carriage.command.clone(),
            versions: versions(one),
            ..apply::Record::default()
        }),
        resumed,
        serving: if one.observed.elapsed() < FRESH { serving(one) } else { BTreeSet::new() },
        lock_lost: lock.lost(),
    };
    let cluster = &one.session.cluster;
    let outcome = apply::run(cluster, &one.plan, &mut journal, &options, events.clone(), interrupt).await;
    let outcome = outcome.map_err(unwritable)?;
    if !outcome.is_success() || shared.erase {
        return Ok((outcome, None));
    }
    // The load balancer's or first node's address may exist only now.
    if let (Some(platform), None) = (&one.platform, &one.host)
        && let Some(host) = super::endpoint::host_now(cluster, platform).await
    {
        let mut known = shared.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.hosts.insert(platform.address.clone(), host);
    }
    let outputs = shared.outputs();
    if outputs != *journal.outputs() {
        one.store.write_outputs(&outputs).await.map_err(unwritable)?;
    }
    Ok((outcome, Some(outputs)))
}

/// Writes outputs over those that are recorded. Somebody else at work writes theirs.
pub(super) async fn write_outputs(store: &Store, outputs: &BTreeMap<String, Output>) -> Result<(), Failure> {
    let options = LockOptions { operation: "outputs".into(), timeout: Duration::ZERO };
    let Ok(lock) = Lock::acquire(store, &options, |_| {}).await else { return Ok(()) };
    let written = store.write_outputs(outputs).await;
    lock.release().await.map_err(unwritable)?;
    written.map_err(unwritable)
}

/// Somebody else changed the installation between plan and apply.
fn stale() -> Failure {
    Failure::world("The plan is stale", "another run has changed the installation since the plan was made")
        .help("Plan again and look at what it shows now.")
}

fn versions(one: &Planned) -> BTreeMap<String, String> {
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    versions.insert("stackwright".into(), env!("CARGO_PKG_VERSION").into());
    versions.insert("kubernetes".into(), one.observation.server_version.clone());
    if let Some(platform) = &one.platform {
        versions.insert(platform.address.to_string(), platform.version.clone());
    }
    versions
}

/// What the plans have found out about computed attributes.
pub fn known(planned: &[Planned]) -> Known {
    let host = |one: &Planned| Some((one.platform.as_ref()?.address.clone(), one.host.clone()?));
    Known { hosts: planned.iter().filter_map(host).collect() }
}

/// Whether the run before this one did not come to a good end.
async fn is_resumed(store: &Store) -> Result<bool, Failure> {
    let last = store.revisions().await.map_err(unreadable)?.pop();
    Ok(last.is_some_and(|revision| revision.result != RevisionResult::Done))
}

/// Owners that do not serve by what the plan saw.
fn unready(one: &Planned) -> BTreeSet<Address> {
    let owners = health_of(one).into_iter().filter(|health| !health.unready.is_empty());
    owners.map(|health| health.owner).collect()
}

/// What was seen when the plan was made is believed for so long; somebody may take his time to agree.
const FRESH: Duration = Duration::from_secs(60);

/// Objects that the plan leaves as they are and that serve by what it saw.
fn serving(one: &Planned) -> BTreeSet<ObjectId> {
    let unready: BTreeSet<ObjectId> =
        health_of(one).into_iter().flat_map(|health| health.unready).map(|unready| unready.id).collect();
    let unchanged = one.plan.changes.iter().filter(|change| change.action == Action::NoOp);
    unchanged.map(|change| change.id.clone()).filter(|id| !unready.contains(id)).collect()
}

/// The health of all that a plan leaves as it is.
fn health_of(one: &Planned) -> Vec<apply::OwnerHealth> {
    let unchanged = one.plan.changes.iter().filter(|change| change.action == Action::NoOp);
    let objects = unchanged.map(|change| (&change.id, &change.owner));
    apply::health(objects, &one.observation.live, &one.observation.served, &one.plan.readiness)
}

/// What is not ready although nothing is to be changed; for a person to know.
pub fn not_ready(planned: &[Planned]) -> Vec<apply::OwnerHealth> {
    planned.iter().flat_map(health_of).filter(|health| !health.unready.is_empty()).collect()
}

/// Whether an empty plan still has something to do: a run before it was killed, so that its records are to be settled or
/// what it made is to be waited for.
///
/// # Errors
/// The records cannot be read.
pub async fn is_unfinished(planned: &[Planned]) -> Result<bool, Failure> {
    for one in planned {
        // The lock of a dead run is to be given back, and what it did is missing in the history.
        let dead = one.store.holder().await.map_err(unreadable)?.is_some_and(|holder| holder.expired);
        if one.is_unsettled || dead || !unready(one).is_empty() && is_resumed(&one.store).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nothing at all would be done.
pub fn is_empty(plans: &[Planned]) -> bool {
    plans.iter().all(|one| one.plan.is_empty())
}
