//! Performs the plans of all clusters under their locks, and records outputs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::Failure;
use super::Known;
use super::Loaded;
use super::Request;
use super::load;
use super::planning::PlanRequest;
use super::planning::Planned;
use super::records::unreadable;
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
    pub outcomes: Vec<Outcome>,
    pub outputs: BTreeMap<String, Output>,
    /// Notices for the person, as that an expired lock was taken over.
    pub notices: Vec<String>,
    /// Requests to each cluster, by verb, those of the plan included.
    pub requests: Vec<(Address, BTreeMap<&'static str, u64>)>,
}

/// Performs plans that the person has agreed to.
///
/// # Errors
/// The lock is held, the plan is stale, or the cluster cannot be reached. What failed during the run itself is in the
/// outcomes.
pub async fn apply_all(
    request: &Request,
    plan_request: &PlanRequest,
    planned: Vec<Planned>,
    carriage: &Carriage,
    events: &UnboundedSender<Event>,
    interrupt: &Interrupt,
) -> Result<Applied, Failure> {
    let mut applied = Applied::default();
    let hosts = known(&planned);
    for one in planned {
        if interrupt.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        let erase = plan_request.destroy && plan_request.targets.is_empty() && plan_request.excludes.is_empty();
        apply_one(request, &hosts, one, erase, carriage, events, interrupt, &mut applied).await?;
        if applied.outcomes.last().is_some_and(|outcome| !outcome.is_success()) {
            break;
        }
    }
    Ok(applied)
}

#[allow(clippy::too_many_arguments, reason = "private wiring of one caller")]
async fn apply_one(
    request: &Request,
    hosts: &Known,
    one: Planned,
    erase: bool,
    carriage: &Carriage,
    events: &UnboundedSender<Event>,
    interrupt: &Interrupt,
    applied: &mut Applied,
) -> Result<(), Failure> {
    let lock = tokio::select! {
        lock = lock(&one.store, carriage, events) => lock?,
        () = interrupt.interrupted() => return Err(Failure::Interrupted),
    };
    if let Some(holder) = lock.taken_over() {
        let Holder { identity, operation, since, process_gone, .. } = holder;
        let why = if *process_gone { "its process is gone" } else { "it was not renewed in time" };
        applied.notices.push(format!("Took over the lock of {identity} ({operation}, since {since}): {why}."));
    }
    let result = under_lock(&one, &lock, carriage, events, interrupt).await;
    let (outcome, recorded) = match result {
        Ok(done) => done,
        Err(failure) => {
            // The first failure is the one to tell; a lock that stays behind expires.
            let _ = lock.release().await;
            return Err(failure);
        }
    };
    let success = outcome.is_success();
    applied.outcomes.push(outcome);
    let records = |error: StateError| Failure::from_error("Cannot write the installation's records", &error);
    if success && !erase {
        let mut known = hosts.clone();
        // The load balancer's or first node's address may exist only now.
        if let (Some(platform), None) = (&one.platform, &one.host)
            && let Some(host) = super::endpoint::host_now(&one.session.cluster, platform).await
        {
            known.hosts.insert(platform.address.clone(), host);
        }
        applied.outputs = outputs(request, &known)?;
        if applied.outputs != recorded {
            one.store.write_outputs(&applied.outputs).await.map_err(records)?;
        }
    }
    lock.release().await.map_err(records)?;
    if success && erase {
        one.store.erase().await.map_err(records)?;
    }
    applied.requests.push((one.cluster.address.clone(), one.session.cluster.requests()));
    Ok(())
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
    one: &Planned,
    lock: &Lock,
    carriage: &Carriage,
    events: &UnboundedSender<Event>,
    interrupt: &Interrupt,
) -> Result<(Outcome, BTreeMap<String, Output>), Failure> {
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
            who: lock.identity().split(" pid ").next().unwrap_or_default().to_owned(),
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
    let outcome = outcome.map_err(|error| Failure::from_error("Cannot write the installation's records", &error))?;
    Ok((outcome, journal.outputs().clone()))
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

/// The configuration's outputs with what is known now. What is still unknown is left out.
pub fn outputs(request: &Request, known: &Known) -> Result<BTreeMap<String, Output>, Failure> {
    Ok(outputs_of(&load(request, known)?))
}

/// The outputs of a loaded configuration; unknown ones are left out.
pub fn outputs_of(loaded: &Loaded) -> BTreeMap<String, Output> {
    let outputs = loaded.evaluated.outputs.values().filter(|output| output.value.is_wholly_known());
    outputs
        .map(|output| {
            let sensitive = output.sensitive || output.value.contains_sensitive();
            (output.name.clone(), Output { value: output.value.to_json(), sensitive })
        })
        .collect()
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
