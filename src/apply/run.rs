//! A run from its first record to its last: starts what may start, takes in what ends, writes it down.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Because;
use super::Event;
use super::Events;
use super::Failure;
use super::Interrupt;
use super::Options;
use super::Outcome;
use super::Subject;
use super::account::conclude;
use super::context::Context;
use super::diagnosis;
use super::gate;
use super::gate::Teller;
use super::gate::Trouble;
use super::perform;
use super::perform::Done;
use super::walk::Walk;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Action;
use crate::plan::Gate;
use crate::plan::Plan;
use crate::plan::Step;
use crate::provider::kubernetes::Cluster;
use crate::state::Journal;
use crate::state::StateError;

/// After the first interrupt, requests in flight have this long to end.
const GRACE: Duration = Duration::from_secs(30);
/// ... and a server that takes nothing more this long to take the records after all.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Performs a plan and waits until everything it changed serves.
///
/// The journal is written before the first change, every few seconds, and at the end, where the run is also recorded
/// in the history. What fails stops what depends on it; the rest is done. Events are sent as things happen.
///
/// # Errors
/// The records cannot be written: before the first change, or because another run has taken over.
pub async fn run(
    cluster: &Cluster,
    plan: &Arc<Plan>,
    journal: &mut Journal,
    options: &Options,
    events: Events,
    interrupt: &Interrupt,
) -> Result<Outcome, StateError> {
    let (begun, started) = (Instant::now(), Timestamp::now());
    let stop = CancellationToken::new();
    let _stops_informers = stop.clone().drop_guard();
    let soft = interrupt.soft.child_token();
    let context = Context::new(cluster, plan, options, events, soft, stop);
    let changes = plan.changes.iter().filter(|change| change.action != Action::NoOp).count();
    context.tell(Event::Started { changes, steps: plan.graph.steps.len() });
    journal.write_ahead(&plan.changes).await?;
    for change in plan.changes.iter().filter(|change| change.action == Action::NoOp) {
        if let Some(uid) = change.precondition.as_ref().map(|p| p.uid.as_str()).filter(|uid| !uid.is_empty()) {
            journal.present(change, uid);
        }
    }
    let mut run = Run {
        owners: owners(plan),
        walk: Walk::new(&plan.graph),
        context,
        outcome: Outcome::default(),
        is_over: false,
    };
    for owner in &options.resumed {
        run.owners.entry(owner.clone()).or_default().changed = true;
    }
    let ended = run.walk(journal, options, interrupt).await?;
    let mut outcome = std::mem::take(&mut run.outcome);
    outcome.interrupted = interrupt.is_interrupted();
    match ended {
        // A server that takes nothing more gets a moment all the same: it may be back.
        Ended::Orderly if run.is_over => {
            let finished = tokio::time::timeout(LAST_WORDS, finish(journal, options, &mut outcome, started)).await;
            match finished {
                Ok(finished) => finished?,
                Err(_) => outcome.unrecorded = Some("the server does not answer".into()),
            }
        }
        Ended::Orderly => finish(journal, options, &mut outcome, started).await?,
        Ended::CutOff => {}
    }
    outcome.took = begun.elapsed();
    run.context.tell(Event::Finished {
        created: outcome.created + outcome.adopted,
        updated: outcome.updated,
        replaced: outcome.replaced,
        deleted: outcome.deleted,
        failed: outcome.failures.len(),
        took: outcome.took,
    });
    Ok(outcome)
}

/// What the platforms have come to, and the run in the records.
async fn finish(
    journal: &mut Journal,
    options: &Options,
    outcome: &mut Outcome,
    started: Timestamp,
) -> Result<(), StateError> {
    if let Some(settled) = options.settled.as_ref().filter(|_| outcome.is_success()) {
        journal.stand(settled);
    }
    conclude(journal, options.record.as_ref(), outcome, started).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Nothing is in flight any more.
    Orderly,
    /// Cut off: what was in flight is unknown, and stands in the inventory as planned.
    CutOff,
}

struct Run {
    context: Context,
    walk: Walk,
    owners: BTreeMap<Address, Owner>,
    outcome: Outcome,
    /// The server takes nothing more.
    is_over: bool,
}

/// How far an owner's changes are.
#[derive(Debug, Default)]
struct Owner {
    /// Steps of it that are not done yet.
    open: usize,
    changed: bool,
    broken: bool,
}

/// What a task has to say in the end.
enum Finished {
    Step(usize, Result<Done, Report>),
    Owner(Address, Result<(), Report>),
}

/// A failure with what was found out about it; `None` in place of it means that an interrupt ended the wait.
type Report = Option<Found>;

/// What was found out about a failure.
struct Found {
    /// The object whose state is the reason.
    about: Option<ObjectId>,
    reason: String,
    detail: Vec<String>,
    /// The server can take nothing more, whatever it is: what follows would only say so again.
    ends_all: bool,
}

impl Found {
    fn plain(reason: String) -> Self {
        Self { about: None, reason, detail: Vec::new(), ends_all: false }
    }
}

fn owners(plan: &Plan) -> BTreeMap<Address, Owner> {
    let mut owners: BTreeMap<Address, Owner> = BTreeMap::new();
    for step in &plan.graph.steps {
        let Step::Apply(n) = step else { continue };
        let Some(change) = plan.changes.get(*n) else { continue };
        let owner = owners.entry(change.owner.clone()).or_default();
        owner.open += 1;
        owner.changed |= change.action != Action::NoOp;
    }
    owners
}

impl Run {
    async fn walk(
        &mut self,
        journal: &mut Journal,
        options: &Options,
        interrupt: &Interrupt,
    ) -> Result<Ended, StateError> {
        let mut tasks: JoinSet<Finished> = JoinSet::new();
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let mut grace: Option<Instant> = None;
        let made: Vec<Address> = options
            .resumed
            .iter()
            .filter(|owner| self.owners.get(*owner).is_some_and(|o| o.open == 0))
            .cloned()
            .collect();
        for owner in made {
            self.wait_for_owner(owner, &mut tasks);
        }
        loop {
            while let Some(step) = self.walk.next() {
                self.start(step, &mut tasks);
            }
            if tasks.is_empty() {
                return Ok(Ended::Orderly);
            }
            tokio::select! {
                biased;
                () = interrupt.hard.cancelled() => return Ok(Ended::CutOff),
                () = options.lock_lost.cancelled() => {
                    return Err(StateError::LockLost { reason: options.lock_lost.reason().to_owned() });
                }
                () = interrupt.soft.cancelled(), if grace.is_none() => {
                    grace = Some(Instant::now() + GRACE);
                    self.context.tell(Event::Interrupted);
                    for step in self.walk.abandon() {
                        self.skip(step, &Because::Interrupted);
                    }
                }
                () = tokio::time::sleep_until(grace.unwrap_or_else(Instant::now)), if grace.is_some() => {
                    tasks.abort_all();
                    return Ok(Ended::Orderly);
                }
                Some(finished) = tasks.join_next() => match finished {
                    Ok(Finished::Step(step, result)) => self.step_ended(step, result, journal, &mut tasks),
                    Ok(Finished::Owner(owner, result)) => self.owner_ended(owner, result),
                    // A task ends so only by a panic of ours: the step counts as failed, its name is lost.
                    Err(error) => {
                        let found = Found::plain(error.to_string());
                        self.fail(None, None, found, Vec::new());
                    }
                },
                _ = tick.tick() => if journal.is_due() {
                    self.write(journal).await?;
                },
            }
        }
    }

    /// A write between; only being fenced off ends the run, for the rest there is a next time.
    async fn write(&mut self, journal: &mut Journal) -> Result<(), StateError> {
        match journal.flush().await {
            Err(error @ (StateError::Fenced { .. } | StateError::Outrun)) => Err(error),
            _ => Ok(()),
        }
    }

    fn start(&self, step: usize, tasks: &mut JoinSet<Finished>) {
        let context = self.context.clone();
        tasks.spawn(async move {
            let plan = context.plan.clone();
            let result = match plan.graph.steps.get(step) {
                Some(kind @ (Step::Apply(n) | Step::Remove(n))) => match plan.changes.get(*n) {
                    Some(change) => perform::perform(&context, change, matches!(kind, Step::Remove(_))).await,
                    None => Ok(Done::Nothing),
                },
                Some(Step::Wait(gate)) => {
                    let asks = matches!(gate, Gate::WebhookServes { .. });
                    let probes = if asks { behind(&plan, step) } else { Vec::new() };
                    gate::wait(&context, gate, &probes).await.map(|()| Done::Nothing)
                }
                None => Ok(Done::Nothing),
            };
            let result = match result {
                Ok(done) => Ok(done),
                // What was to be tried again and was not because of the interrupt is no failure.
                Err(trouble) if trouble.is_passing() && context.soft.is_cancelled() => Err(None),
                Err(trouble) => Err(report(&context, trouble).await),
            };
            Finished::Step(step, result)
        });
    }

    fn step_ended(
        &mut self,
        step: usize,
        result: Result<Done, Report>,
        journal: &mut Journal,
        tasks: &mut JoinSet<Finished>,
    ) {
        let plan = self.context.plan.clone();
        match result {
            Ok(done) => {
                if let Some(Step::Apply(n) | Step::Remove(n)) = plan.graph.steps.get(step)
                    && let Some(change) = plan.changes.get(*n)
                {
                    self.count(change.action, &done);
                    match &done {
                        Done::Stored(object) => journal.applied(object, &change.owner),
                        Done::Gone | Done::Released => journal.gone(&change.id),
                        Done::Nothing => {}
                    }
                }
                self.walk.done(step);
                self.owner_advances(step, tasks);
            }
            Err(report) => {
                let blocked = self.walk.failed(step);
                let (subject, owner) = self.name(step);
                let because = match (&report, &subject) {
                    (Some(_), Some(subject)) => Because::Failed(subject.clone()),
                    _ => Because::Interrupted,
                };
                let mut blocks = Vec::new();
                for step in [vec![step], blocked.clone()].concat() {
                    self.owner_breaks(step);
                }
                for step in blocked {
                    blocks.extend(self.skip(step, &because));
                }
                match report {
                    Some(Found { ends_all: true, .. }) if self.is_over => _ = self.skip(step, &because),
                    Some(found) => {
                        let ends_all = found.ends_all;
                        self.fail(subject, owner, found, blocks);
                        if ends_all {
                            self.end(&because);
                        }
                    }
                    None => {
                        self.skip(step, &because);
                    }
                }
            }
        }
    }

    /// Leaves out all that has not begun.
    fn end(&mut self, because: &Because) {
        self.is_over = true;
        for step in self.walk.abandon() {
            self.skip(step, because);
        }
        self.context.soft.cancel();
    }

    fn owner_ended(&mut self, owner: Address, result: Result<(), Report>) {
        match result {
            Ok(()) => self.context.tell(Event::OwnerReady { owner }),
            Err(Some(found)) => {
                // The same object may have failed a gate already; once is enough.
                let same = |f: &Failure| {
                    (f.owner.as_ref(), &f.about, &f.reason) == (Some(&owner), &found.about, &found.reason)
                };
                if !self.outcome.failures.iter().any(same) {
                    let subject = Subject::Gate(Gate::OwnerReady(owner.clone()));
                    self.fail(Some(subject), Some(owner), found, Vec::new());
                }
            }
            Err(None) => {}
        }
    }

    /// When all changes of an owner are made, its objects are waited for.
    fn owner_advances(&mut self, step: usize, tasks: &mut JoinSet<Finished>) {
        let Some(Step::Apply(n)) = self.context.plan.graph.steps.get(step) else { return };
        let Some(change) = self.context.plan.changes.get(*n) else { return };
        let Some(owner) = self.owners.get_mut(&change.owner) else { return };
        owner.open = owner.open.saturating_sub(1);
        if owner.open > 0 || owner.broken || !owner.changed || self.context.soft.is_cancelled() {
            return;
        }
        let owner = change.owner.clone();
        self.wait_for_owner(owner, tasks);
    }

    fn wait_for_owner(&self, owner: Address, tasks: &mut JoinSet<Finished>) {
        let context = self.context.clone();
        tasks.spawn(async move {
            let mut told = Teller::new(&context, &Gate::OwnerReady(owner.clone()));
            let result = match gate::owner_ready(&context, &owner, &mut told).await {
                Ok(()) => Ok(()),
                Err(trouble) => Err(report(&context, trouble).await),
            };
            Finished::Owner(owner, result)
        });
    }

    fn owner_breaks(&mut self, step: usize) {
        let Some(Step::Apply(n)) = self.context.plan.graph.steps.get(step) else { return };
        let Some(change) = self.context.plan.changes.get(*n) else { return };
        if let Some(owner) = self.owners.get_mut(&change.owner) {
            owner.broken = true;
        }
    }

    fn fail(&mut self, subject: Option<Subject>, owner: Option<Address>, found: Found, blocks: Vec<ObjectId>) {
        let Found { about, reason, detail, .. } = found;
        // Servers and programs repeat what they were given.
        let secrets = &self.context.plan.secrets;
        let reason = secrets.hidden(reason);
        let detail = detail.into_iter().map(|line| secrets.hidden(line)).collect();
        let failure = Failure { subject, owner, about, reason, detail, blocks };
        self.context.tell(Event::Failed(failure.clone()));
        self.outcome.failures.push(failure);
    }

    /// Tells of a step that is not done; gives its object where somebody would miss it.
    fn skip(&mut self, step: usize, because: &Because) -> Option<ObjectId> {
        let plan = self.context.plan.clone();
        let Some(Step::Apply(n) | Step::Remove(n)) = plan.graph.steps.get(step) else { return None };
        let change = plan.changes.get(*n).filter(|change| change.action != Action::NoOp)?;
        let (id, owner) = (change.id.clone(), change.owner.clone());
        self.outcome.skipped += 1;
        self.context.tell(Event::Skipped { id: id.clone(), owner, because: because.clone() });
        Some(id)
    }

    fn name(&self, step: usize) -> (Option<Subject>, Option<Address>) {
        match self.context.plan.graph.steps.get(step) {
            Some(Step::Apply(n) | Step::Remove(n)) => {
                let change = self.context.plan.changes.get(*n);
                let subject = change.map(|change| Subject::Object(change.id.clone()));
                (subject, change.map(|change| change.owner.clone()))
            }
            Some(Step::Wait(gate)) => (Some(Subject::Gate(gate.clone())), gate::owner(&self.context, gate)),
            None => (None, None),
        }
    }

    fn count(&mut self, action: Action, done: &Done) {
        if matches!(done, Done::Nothing) {
            return;
        }
        let counter = match action {
            Action::NoOp => return,
            Action::Create => &mut self.outcome.created,
            Action::Update => &mut self.outcome.updated,
            Action::Replace => &mut self.outcome.replaced,
            Action::Adopt => &mut self.outcome.adopted,
            Action::Delete => &mut self.outcome.deleted,
            Action::Forget => &mut self.outcome.forgotten,
        };
        *counter += 1;
    }
}

/// Changes that wait for the step directly.
fn behind(plan: &Plan, step: usize) -> Vec<usize> {
    let waiting = plan.graph.depends_on.iter().enumerate().filter(|(_, needs)| needs.contains(&step));
    let changes = waiting.filter_map(|(n, _)| match plan.graph.steps.get(n) {
        Some(Step::Apply(change)) => Some(*change),
        _ => None,
    });
    changes.collect()
}

async fn report(context: &Context, trouble: Trouble) -> Report {
    let plain = |reason: String| Some(Found::plain(reason));
    match trouble {
        Trouble::Interrupted => None,
        Trouble::World(error) => {
            let ends_all = error.is_out_of_room() || error.is_unreachable();
            Some(Found { ends_all, ..Found::plain(error.to_string()) })
        }
        Trouble::Blind { id, error } => plain(format!("cannot watch {id}: {error}")),
        Trouble::Failed(reason) => plain(reason),
        Trouble::NotReady { id, reason } => {
            let detail = diagnosis::diagnose(context, &id).await;
            Some(Found { about: Some(id), detail, ..Found::plain(reason) })
        }
    }
}
