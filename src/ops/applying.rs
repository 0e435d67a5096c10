//! Performs the plans of all clusters under their locks, and records outputs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use super::Failure;
use super::Known;
use super::Loaded;
use super::annex;
use super::cloud::Cloud;
use super::hopping;
use super::outputs;
use super::passwords::Passwords;
use super::plan_request::PlanRequest;
use super::planning;
use super::planning::Planned;
use super::planning::Reach;
use super::policies;
use super::records::unreadable;
use super::status;
use super::together;
use super::turns;
use super::walking;
use crate::apply;
use crate::apply::Event;
use crate::apply::Events;
use crate::apply::Interrupt;
use crate::apply::Outcome;
use crate::config;
use crate::config::Declared;
use crate::object::Address;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::kinds::Class;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Mode;
use crate::state;
use crate::state::Holder;
use crate::state::Journal;
use crate::state::Lock;
use crate::state::LockOptions;
use crate::state::Output;
use crate::state::PackedConfiguration;
use crate::state::Revision;
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

/// Performs plans that the person has agreed to, of all targets at the same time, but for what must come after something
/// else: a cluster after the cloud that makes it, and where all goes, the cloud after its clusters. What fails in one
/// stops no other that does not lie on it.
///
/// # Errors
/// A lock is held, a plan is stale, or a target cannot be reached. What failed during the runs themselves is in the
/// outcomes.
pub async fn apply_all(
    loaded: &Arc<Loaded>,
    request: &PlanRequest,
    planned: Vec<Planned>,
    carriage: &Carriage,
    events: &Events,
    interrupt: &Interrupt,
) -> Result<Applied, Failure> {
    hopping::check_consent(&planned, request.allow_data_loss)?;
    policies::check(loaded, &planned)?;
    apply_agreed(loaded, request, planned, carriage, events, interrupt).await
}

/// As [`apply_all`], where whatever is lost is agreed to, or is nothing real.
pub(super) async fn apply_agreed(
    loaded: &Arc<Loaded>,
    request: &PlanRequest,
    planned: Vec<Planned>,
    carriage: &Carriage,
    events: &Events,
    interrupt: &Interrupt,
) -> Result<Applied, Failure> {
    let shared = Arc::new(Shared {
        loaded: loaded.clone(),
        known: Mutex::new(known(&planned)),
        kept: outputs::kept(&planned),
        configuration: kept_configuration(loaded, request),
        overridden: planned.iter().map(|one| (one.target.clone(), policies::overridden(&one.judged))).collect(),
        request: request.clone(),
        carriage: carriage.clone(),
        interrupt: interrupt.clone(),
    });
    // Clouds make while their clusters are waited for.
    let _working: Vec<_> =
        planned.iter().filter(|one| one.is_cloud()).filter_map(|one| Some(one.cloud.as_ref()?.work())).collect();
    let turns = turns::of(&planned, request.mode.is_destroy());
    let work = planned.into_iter().zip(turns).map(|(one, turn)| {
        let (shared, told) = (shared.clone(), events.of(&one.target));
        async move {
            if let Err(target) = turn.come().await {
                return Ok(Err(format!("{} was not begun with: {target} did not come to its end.", one.target)));
            }
            let done = apply_one(&shared, one, &told).await?;
            turn.end(done.outcome.is_success());
            Ok(Ok(done))
        }
    });
    let mut done = Vec::new();
    let mut applied = Applied::default();
    for ended in together::all(work).await? {
        match ended {
            Ok(one) => done.push(one),
            Err(notice) => applied.notices.push(notice),
        }
    }
    applied.outputs = shared.outputs();
    for one in done {
        let requests = one.requests();
        // What was known only after another cluster had ended.
        if let Some((reach, written)) = one.reach.as_ref().zip(one.outputs)
            && written != applied.outputs
        {
            write_outputs(&reach.store, &applied.outputs).await?;
        }
        applied.outcomes.push(one.outcome);
        applied.notices.extend(one.notices);
        applied.requests.push((one.target, requests));
    }
    if applied.outcomes.iter().any(|outcome| !outcome.is_success()) || !request.writes_outputs() {
        applied.outputs.clear();
    }
    Ok(applied)
}

/// What the applies of all targets have in common.
pub(super) struct Shared {
    pub loaded: Arc<Loaded>,
    known: Mutex<Known>,
    kept: BTreeMap<String, Output>,
    /// What the history keeps of the configuration, or why it keeps none.
    configuration: Result<PackedConfiguration, String>,
    /// Policies that were overridden, as the history keeps them, by target.
    overridden: BTreeMap<Address, serde_json::Value>,
    pub request: PlanRequest,
    pub carriage: Carriage,
    pub interrupt: Interrupt,
}

impl Shared {
    fn outputs(&self) -> BTreeMap<String, Output> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        outputs::to_write(&self.loaded, &known, &self.kept)
    }

    /// What the history says of a run beside its result, with what it was made from where that is all of it; else `partly`
    /// says why it is not.
    pub fn account(&self, one: &Planned, partly: Option<String>) -> apply::Account {
        let kept = match partly {
            // Files may hold secrets, and the records of a cloud lie beside them.
            _ if one.is_cloud() => Err("it is of a cloud: its clusters keep it".to_owned()),
            Some(reason) => Err(reason),
            None => self.configuration.clone(),
        };
        let mut details = serde_json::Map::new();
        if let Some(number) = self.loaded.returning {
            details.insert(state::WENT_BACK_TO.into(), number.into());
        }
        if let Some(overridden) = self.overridden.get(&one.target).filter(|overridden| !overridden.is_null()) {
            details.insert(state::OVERRIDDEN_POLICIES.into(), overridden.clone());
        }
        if let Err(reason) = &kept {
            details.insert(state::KEPT_NO_CONFIGURATION.into(), reason.as_str().into());
        }
        apply::Account {
            who: Lock::who(),
            command: self.carriage.command.clone(),
            versions: versions(one),
            details: details.into(),
            configuration: kept.ok(),
        }
    }
}

/// What the history keeps of a configuration that a run makes a cluster of; else why it keeps nothing, as a sentence's end.
fn kept_configuration(loaded: &Loaded, request: &PlanRequest) -> Result<PackedConfiguration, String> {
    let is_whole = request.targets.is_empty() && request.excludes.is_empty();
    if request.mode != Mode::Converge || !is_whole {
        return Err("it was no apply of a whole configuration".into());
    }
    let kept = loaded.kept();
    match loaded.file_with_a_secret(&kept) {
        Some(path) => Err(format!(
            "{path} holds a secret in clear; give it from outside, as a sensitive variable without a default"
        )),
        None => kept.pack(),
    }
}

/// A target whose apply has ended.
struct Done {
    target: Address,
    /// `None` where there was nothing to reach.
    reach: Option<Reach>,
    outcome: Outcome,
    notices: Vec<String>,
    /// As written to its records; `None` where none are to be there.
    outputs: Option<BTreeMap<String, Output>>,
}

impl Done {
    fn requests(&self) -> BTreeMap<&'static str, u64> {
        self.reach.as_ref().map(|reach| reach.session.cluster.requests()).unwrap_or_default()
    }
}

async fn apply_one(shared: &Shared, one: Planned, events: &Events) -> Result<Done, Failure> {
    let one = match (&one.reach, &one.cloud, &one.cluster) {
        (None, Some(cloud), Some(cluster)) if !one.plan.is_empty() => appear(shared, &one, cloud, cluster).await?,
        _ => one,
    };
    let Some(reach) = &one.reach else {
        let outcome = Outcome::default();
        return Ok(Done { target: one.target, reach: None, outcome, notices: Vec::new(), outputs: None });
    };
    let store = &reach.store;
    let Shared { carriage, interrupt, request, .. } = shared;
    let lock = tokio::select! {
        biased;
        () = interrupt.interrupted() => return Err(Failure::Interrupted),
        lock = lock(store, carriage, events) => lock?,
    };
    let mut notices = Vec::new();
    if let Some(holder) = lock.taken_over() {
        let Holder { identity, operation, since, process_gone, .. } = holder;
        let why = if *process_gone { "its process is gone" } else { "it was not renewed in time" };
        notices.push(format!("Took over the lock of {identity} ({operation}, since {since}): {why}."));
    }
    let result = match one.cloud.as_ref().filter(|_| one.is_cloud()) {
        Some(cloud) => under_both_locks(shared, cloud, &one, reach, &lock, events).await,
        None => under_lock(shared, &one, reach, &lock, events).await,
    };
    // Whatever came of it, the lock goes back. The first failure is the one to tell.
    // A server that did not take the records will hardly take it now.
    let is_well = result.as_ref().is_ok_and(|(outcome, _)| outcome.unrecorded.is_none());
    let released = match is_well {
        true => lock.release().await,
        false => tokio::time::timeout(GIVEN_BACK, lock.release()).await.unwrap_or(Ok(())),
    };
    let (outcome, outputs) = result?;
    notices.extend(store.warnings());
    notices.extend(outcome.left.iter().cloned());
    let said = reach.session.cluster.take_warnings().into_iter();
    notices.extend(said.map(|said| format!("{} warns: {said}", one.target)));
    released.map_err(unwritable)?;
    if outcome.is_success() && request.erases() {
        store.erase().await.map_err(unwritable)?;
    }
    Ok(Done { target: one.target, reach: one.reach, outcome, notices, outputs })
}

/// As [`under_lock`], for a cloud, whose records have a second home in a cluster that it made: the lock is taken there
/// too where there is such a cluster at the beginning, and the runs are brought there where there is one at the end. A new
/// directory beside the configuration learns of earlier runs first, and goes on counting.
async fn under_both_locks(
    shared: &Shared,
    cloud: &Cloud,
    one: &Planned,
    reach: &Reach,
    first: &Lock,
    events: &Events,
) -> Result<(Outcome, Option<BTreeMap<String, Output>>), Failure> {
    let Shared { loaded, carriage, request, .. } = shared;
    let mut held = None;
    let mut learnt = Ok(());
    if let Some(second) = annex::of(loaded, cloud).await {
        held = Some(lock(&second, carriage, events).await?);
        learnt = reach.store.learn_runs(&second).await.map_err(unwritable);
    }
    let result = match learnt {
        Ok(()) => under_lock(shared, one, reach, first, events).await,
        Err(failure) => Err(failure),
    };
    // Of a cluster that was made anew the lock is gone with the old one.
    let is_anew = |change: &Change| change.action == Action::Replace && kinds::class(&change.id) == Class::Cluster;
    if one.plan.changes.iter().any(is_anew)
        && let Some(lock) = held.take()
    {
        let _gone = tokio::time::timeout(GIVEN_BACK, lock.release()).await;
    }
    let second = annex::of(loaded, cloud).await;
    let brought = match &second {
        Some(second) if result.is_ok() && !request.erases() => {
            if held.is_none() {
                held = Some(lock(second, carriage, events).await?);
            }
            second.learn_runs(&reach.store).await.map_err(unwritable)
        }
        _ => Ok(()),
    };
    if let Some(lock) = held {
        // The cluster may be gone by now, and the lock with it; what is not given back expires.
        let _gone = tokio::time::timeout(GIVEN_BACK, lock.release()).await;
    }
    brought?;
    if let Some(second) = second.filter(|_| result.is_ok() && request.erases()) {
        second.erase().await.map_err(unwritable)?;
    }
    result
}

/// A lock in a cluster that may be gone is given back within this time or not at all.
const GIVEN_BACK: Duration = Duration::from_secs(5);

/// A cluster that did not exist when its plan was made does now: plans again, with what is there. Only what was agreed to
/// may come of it.
async fn appear(
    shared: &Shared,
    one: &Planned,
    cloud: &Arc<Cloud>,
    cluster: &Declared<config::Cluster>,
) -> Result<Planned, Failure> {
    tokio::select! {
        biased;
        () = shared.interrupt.interrupted() => return Err(Failure::Interrupted),
        ready = tokio::time::timeout(shared.carriage.wait_timeout.max(cloud.patience()), cloud.ready(cluster)) => match ready {
            Ok(ready) => ready?,
            Err(_) => return Err(Failure::world(format!("Cannot reach {}", cluster.address), "it is not ready yet")),
        },
    }
    let now = planning::plan_again(&shared.loaded, &shared.request, cluster.clone(), cloud.clone()).await?;
    let hosts = known(std::slice::from_ref(&now)).hosts;
    shared.known.lock().unwrap_or_else(PoisonError::into_inner).hosts.extend(hosts);
    let agreed: BTreeSet<&ObjectId> = one.plan.changes.iter().map(|change| &change.id).collect();
    let is_agreed = |change: &&Change| match change.action {
        Action::NoOp => true,
        Action::Create => agreed.contains(&change.id),
        _ => false,
    };
    let other: Vec<String> = now
        .plan
        .changes
        .iter()
        .filter(|change| !is_agreed(change))
        .map(|change| format!("{}: {}, which was not agreed to", change.id, change.action.as_str()))
        .collect();
    policies::check(&shared.loaded, std::slice::from_ref(&now))?;
    if other.is_empty() {
        return Ok(now);
    }
    Err(Failure::worlds(format!("{} is not as it was planned for", one.target), other)
        .help("Run the same command again and look at what it plans now that the cluster exists."))
}

/// The records cannot be written: what was attempted, and the causes.
pub(super) fn unwritable(error: StateError) -> Failure {
    match error {
        StateError::LockLost { .. } => Failure::world("The run was stopped", error).help(
            "What it had in hand was written down before: once the server answers and nobody else is at work, run the same \
             command again, and it goes on from there.",
        ),
        _ => Failure::world("Cannot write the installation's records", error),
    }
}

async fn lock(store: &Store, carriage: &Carriage, events: &Events) -> Result<Lock, Failure> {
    let options = LockOptions { operation: carriage.command.clone(), timeout: carriage.lock_timeout };
    let waiting = |holder: &Holder| {
        let waiting = Event::LockWaiting { holder: holder.identity.clone(), since: holder.since.clone() };
        events.tell(waiting);
    };
    Lock::acquire(store, &options, waiting).await.map_err(|error| {
        let locked = matches!(error, StateError::Locked { .. });
        let failure = Failure::world("Cannot take the installation's lock", error);
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
    reach: &Reach,
    lock: &Lock,
    events: &Events,
) -> Result<(Outcome, Option<BTreeMap<String, Output>>), Failure> {
    let Shared { carriage, interrupt, .. } = shared;
    if let Some(upgrade) = &one.upgrade {
        let outcome = walking::walk(shared, one, upgrade, reach, lock, events).await?;
        return record_outputs(shared, one, reach, outcome, None).await;
    }
    let mut journal = Journal::open(&reach.store, lock).await.map_err(unreadable)?;
    settle(&mut journal, one)?;
    let is_whole = shared.request.targets.is_empty() && shared.request.excludes.is_empty();
    let settles = shared.request.hops() && is_whole && !one.is_cloud();
    let broke_off = journal.last().is_some_and(Revision::broke_off);
    let resumed = if broke_off || lock.taken_over().is_some() { unready(one) } else { BTreeSet::new() };
    let options = apply::Options {
        parallelism: carriage.parallelism,
        // What a cloud makes takes what it takes there.
        wait_timeout: carriage
            .wait_timeout
            .max(one.cloud.as_ref().filter(|_| one.is_cloud()).map_or(Duration::ZERO, |cloud| cloud.patience())),
        record: Some(shared.account(one, None)),
        resumed,
        serving: if one.observed.elapsed() < FRESH { serving(one) } else { BTreeSet::new() },
        settled: settles.then(|| hopping::standings_after(one.platform.as_ref())),
        lock_lost: lock.lost(),
    };
    let cluster = &reach.session.cluster;
    let plan = Passwords::hash(shared.loaded.files.root(), one, events, interrupt).await?;
    let outcome = apply::run(cluster, &plan, &mut journal, &options, events.clone(), interrupt).await;
    let outcome = outcome.map_err(unwritable)?;
    record_outputs(shared, one, reach, outcome, Some(journal.outputs())).await
}

/// Writes the outputs of an apply that came to a good end. `before` are those that are recorded, where they are known.
async fn record_outputs(
    shared: &Shared,
    one: &Planned,
    reach: &Reach,
    outcome: Outcome,
    before: Option<&BTreeMap<String, Output>>,
) -> Result<(Outcome, Option<BTreeMap<String, Output>>), Failure> {
    let cluster = &reach.session.cluster;
    // Outputs, which may be secret, are recorded in clusters only.
    if !outcome.is_success() || !shared.request.writes_outputs() || one.is_cloud() {
        return Ok((outcome, None));
    }
    // The load balancer's or first node's address may exist only now.
    if let (Some(platform), None) = (&one.platform, &one.host)
        && let Some(host) = super::endpoint::host_now(cluster, platform, one.gateway.as_ref()).await
    {
        let mut known = shared.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.hosts.insert(platform.address.clone(), host);
    }
    let outputs = shared.outputs();
    if before != Some(&outputs) {
        reach.store.write_outputs(&outputs).await.map_err(unwritable)?;
    }
    Ok((outcome, Some(outputs)))
}

/// Writes outputs over those that are recorded. Somebody else at work writes theirs.
async fn write_outputs(store: &Store, outputs: &BTreeMap<String, Output>) -> Result<(), Failure> {
    let options = LockOptions { operation: "outputs".into(), timeout: Duration::ZERO };
    let Ok(lock) = Lock::acquire(store, &options, |_| {}).await else { return Ok(()) };
    let written = store.write_outputs(outputs).await;
    lock.release().await.map_err(unwritable)?;
    written.map_err(unwritable)
}

/// Takes over what the plan has mended of the inventory that it was made with.
///
/// # Errors
/// Somebody else changed the installation between plan and apply.
pub(super) fn settle(journal: &mut Journal, one: &Planned) -> Result<(), Failure> {
    if journal.inventory().revision != one.plan.revision {
        let cause = "another run has changed the installation since the plan was made";
        return Err(Failure::world("The plan is stale", cause).help("Plan again and look at what it shows now."));
    }
    if one.is_unsettled {
        // It is as old as the revision that was just compared.
        journal.inventory_mut().entries = one.inventory.entries.clone();
    }
    Ok(())
}

fn versions(one: &Planned) -> BTreeMap<String, String> {
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    versions.insert("stackwright".into(), env!("CARGO_PKG_VERSION").into());
    if !one.is_cloud() {
        versions.insert("kubernetes".into(), one.observation.server_version.clone());
    }
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
    Ok(store.revisions().await.map_err(unreadable)?.last().is_some_and(Revision::broke_off))
}

/// Owners that do not serve by what the plan saw.
pub(super) fn unready(one: &Planned) -> BTreeSet<Address> {
    let owners = health_of(one).into_iter().filter(|health| !health.unready.is_empty());
    owners.map(|health| health.owner).collect()
}

/// What was seen when the plan was made is believed for so long; somebody may take his time to agree.
const FRESH: Duration = Duration::from_secs(60);

/// Objects that the plan leaves as they are and that serve by what it saw.
pub(super) fn serving(one: &Planned) -> BTreeSet<ObjectId> {
    let unready: BTreeSet<ObjectId> =
        health_of(one).into_iter().flat_map(|health| health.unready).map(|unready| unready.id).collect();
    let unchanged = one.plan.changes.iter().filter(|change| change.action == Action::NoOp);
    unchanged.map(|change| change.id.clone()).filter(|id| !unready.contains(id)).collect()
}

/// The health of all that a plan leaves as it is.
fn health_of(one: &Planned) -> Vec<apply::OwnerHealth> {
    let unchanged = one.plan.changes.iter().filter(|change| change.action == Action::NoOp);
    let objects = unchanged.map(|change| (&change.id, &change.owner));
    apply::health(objects, &one.observation.live, &one.observation.served, &one.plan.readiness, None)
}

/// What is not ready although nothing is to be changed, by the same verdict as `status`; for a person to know.
pub async fn not_ready(planned: &[Planned]) -> Vec<apply::OwnerHealth> {
    let mut unready = Vec::new();
    for one in planned {
        let unchanged = || one.plan.changes.iter().filter(|change| change.action == Action::NoOp);
        let (live, rules) = (&one.observation.live, &one.plan.readiness);
        let cluster = one.reach.as_ref().map(|reach| &reach.session.cluster);
        let made = status::made(cluster, unchanged().map(|change| &change.id), rules).await;
        let objects = unchanged().map(|change| (&change.id, &change.owner));
        let mut owners = apply::health(objects, live, &one.observation.served, rules, made.as_ref());
        owners.retain(|health| !health.unready.is_empty());
        if let Some(cluster) = cluster.filter(|_| !one.is_cloud()) {
            apply::explain(cluster, &mut owners, live, rules).await;
        }
        unready.append(&mut owners);
    }
    unready
}

/// Whether an empty plan still has something to do: a run before it was killed, so that its records are to be settled or
/// what it made is to be waited for.
///
/// # Errors
/// The records cannot be read.
pub async fn is_unfinished(planned: &[Planned]) -> Result<bool, Failure> {
    for one in planned {
        let Some(Reach { store, .. }) = &one.reach else { continue };
        // The lock of a dead run is to be given back, and what it did is missing in the history.
        let dead = store.holder().await.map_err(unreadable)?.is_some_and(|holder| holder.expired);
        if one.is_unsettled || dead || !unready(one).is_empty() && is_resumed(store).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nothing at all would be done.
pub fn is_empty(plans: &[Planned]) -> bool {
    plans.iter().all(|one| one.plan.is_empty() && one.upgrade.is_none())
}
