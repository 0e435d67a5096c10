//! Carries an upgrade out: one hop after the other, each with its steps around what its release differs in, and proven
//! before the next begins. What was done is written down step by step, so that a run that is killed goes on.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use super::Failure;
use super::applying::Shared;
use super::applying::serving;
use super::applying::settle;
use super::applying::unready;
use super::applying::unwritable;
use super::hopping;
use super::hopping::Leg;
use super::hopping::Upgrade;
use super::leg;
use super::passwords::Passwords;
use super::planning::Planned;
use super::planning::Reach;
use super::records::unreadable;
use crate::apply;
use crate::apply::Event;
use crate::apply::Events;
use crate::apply::Outcome;
use crate::apply::StepTrouble;
use crate::apply::Subject;
use crate::apply::Surroundings;
use crate::apply::perform_step;
use crate::catalog::APPLY;
use crate::catalog::HopStep;
use crate::catalog::Phase;
use crate::plan::Change;
use crate::state::Journal;
use crate::state::Lock;
use crate::state::Standing;
use crate::state::Underway;

/// Makes all hops of an upgrade, until one does not come to its end.
///
/// # Errors
/// The records cannot be read or written, a release cannot be planned, or the plan that was agreed to is stale. What fails
/// of the hops themselves is in the outcome.
pub(super) async fn walk(
    shared: &Shared,
    one: &Planned,
    upgrade: &Upgrade,
    reach: &Reach,
    lock: &Lock,
    events: &Events,
) -> Result<Outcome, Failure> {
    let mut total = Outcome::default();
    for (number, leg) in upgrade.legs.iter().enumerate() {
        let mut journal = Journal::open(&reach.store, lock).await.map_err(unreadable)?;
        if number == 0 {
            settle(&mut journal, one)?;
        }
        let underway = leg.underway.clone().unwrap_or_else(|| Underway {
            from: leg.hop.from.clone(),
            to: leg.hop.to.clone(),
            run: uuid::Uuid::new_v4().to_string(),
            ..Underway::default()
        });
        let mut walk = Walk { shared, one, upgrade, leg, reach, lock, events, journal, underway, left: Vec::new() };
        let outcome = walk.leg().await?;
        let is_success = outcome.is_success();
        total.add(outcome);
        if !is_success {
            break;
        }
    }
    Ok(total)
}

/// One hop on its way.
struct Walk<'a> {
    shared: &'a Shared,
    one: &'a Planned,
    upgrade: &'a Upgrade,
    leg: &'a Leg,
    reach: &'a Reach,
    lock: &'a Lock,
    events: &'a Events,
    journal: Journal,
    underway: Underway,
    /// What is left for a person to do.
    left: Vec<String>,
}

impl Walk<'_> {
    /// The whole hop, recorded in the history whatever comes of it.
    async fn leg(&mut self) -> Result<Outcome, Failure> {
        let (begun, started) = (Instant::now(), Timestamp::now());
        let (from, to) = (self.leg.hop.from.clone(), self.leg.hop.to.clone());
        let platform = self.upgrade.platform.clone();
        self.tell(Event::HopBegun { platform: platform.clone(), from: from.clone(), to: to.clone() });
        let mut outcome = Outcome::default();
        let ended = self.parts(&mut outcome).await;
        match &ended {
            Ok(()) if outcome.is_success() => self.journal.stands(&platform, Standing::at(&to)),
            Ok(()) => {}
            // What stops the hop is told by the failure itself; the history has it too.
            Err(failure) => outcome.failures.push(self.failure(match failure {
                Failure::World(world) => world.to_string(),
                _ => "its plan was refused".to_owned(),
            })),
        }
        let steps: Vec<_> = self
            .underway
            .steps
            .iter()
            .map(|record| json!({"step": record.step, "done": record.done, "what": record.what}))
            .collect();
        let on_its_way = (to != self.upgrade.to).then(|| format!("it was on its way to release {}", self.upgrade.to));
        let mut record = self.shared.account(self.one, on_its_way);
        record.versions.insert(platform.to_string(), to.clone());
        record.details["hop"] = json!({
            "platform": platform.to_string(), "from": from, "to": to, "steps": steps, "left": self.left,
        });
        apply::conclude(&mut self.journal, Some(&record), &mut outcome, started).await.map_err(unwritable)?;
        outcome.left.clone_from(&self.left);
        outcome.took = begun.elapsed();
        ended?;
        if outcome.is_success() {
            self.tell(Event::HopDone { platform, from, to, took: begun.elapsed() });
        }
        Ok(outcome)
    }

    /// Checks, steps before, the release's own plan, steps after, and the proof.
    async fn parts(&mut self, outcome: &mut Outcome) -> Result<(), Failure> {
        self.note().await?;
        if !self.underway.has_done(APPLY) && !self.check(outcome).await? {
            return Ok(());
        }
        let on: BTreeSet<&str> = self.leg.components.iter().map(String::as_str).collect();
        for step in self.leg.hop.deeds(Phase::Before, &on) {
            // Once the release is applied, what comes before it is past.
            if !self.underway.has_done(APPLY) && !self.step(step, outcome).await? {
                return Ok(());
            }
        }
        if !self.underway.has_done(APPLY) && !self.apply(outcome).await? {
            return Ok(());
        }
        for step in self.leg.hop.deeds(Phase::After, &on) {
            if !self.step(step, outcome).await? {
                return Ok(());
            }
        }
        self.prove(outcome).await
    }

    /// Looks once more whether anything stands in the way: somebody may have made something since.
    async fn check(&mut self, outcome: &mut Outcome) -> Result<bool, Failure> {
        let (Some(cluster), Some(platform)) = (&self.one.cluster, &self.one.platform) else { return Ok(true) };
        let hops = vec![(self.leg.hop.clone(), Some(self.underway.clone()))];
        let standing = Standing::at(&self.leg.hop.from);
        let session = &self.reach.session.cluster;
        let at = hopping::platform_at(&self.shared.loaded, platform, &self.leg.hop.to);
        let now = hopping::survey(&self.shared.loaded, cluster, &at, &standing, hops, session).await?;
        let version = &self.one.observation.server_version;
        let obstacles = hopping::obstacles(&self.shared.loaded, &now, platform, version);
        for obstacle in obstacles.iter() {
            let help = obstacle.help.as_ref().map(|help| format!(" {help}")).unwrap_or_default();
            self.fail(outcome, self.failure(format!("{}{help}", obstacle.detail)));
        }
        Ok(!obstacles.has_errors())
    }

    /// Performs one step; gives whether the hop may go on.
    async fn step(&mut self, step: &HopStep, outcome: &mut Outcome) -> Result<bool, Failure> {
        let title = step.title();
        if self.underway.has_done(&title) {
            return Ok(true);
        }
        if self.is_interrupted(outcome) {
            return Ok(false);
        }
        // What cannot be gone back must be known to have been begun; the rest is found out.
        if self.underway.begin(&title) && step.one_way {
            self.note().await?;
        }
        let to = self.leg.hop.to.clone();
        self.tell(Event::StepBegun { to: to.clone(), step: title.clone(), reason: step.reason.clone() });
        let begun = Instant::now();
        let around = Surroundings {
            cluster: self.reach.session.cluster.clone(),
            installation: self.shared.loaded.installation.name.clone(),
            mark: format!("{}-{to}", self.leg.hop.from),
            jobs: format!("hop-{}-{to}", self.leg.hop.from),
            run: self.underway.run.clone(),
            restart: self.shared.request.restart,
            wait_timeout: self.shared.carriage.wait_timeout,
            events: self.events.clone(),
            interrupt: self.shared.interrupt.clone(),
        };
        let look = self.leg.looks.iter().find(|look| look.step.title() == title);
        let program = look.and_then(|look| look.program.as_ref());
        let (reason, detail) = match perform_step(&around, step, program).await {
            Ok(done) => {
                done.gone.iter().for_each(|id| self.journal.gone(id));
                // Several steps may keep the same.
                let left = done.left.filter(|left| !self.left.contains(left));
                self.left.extend(left);
                self.underway.done(&title, &done.what);
                self.note().await?;
                let (what, said) = (done.what, done.said);
                self.tell(Event::StepDone { to, step: title, what, said, took: begun.elapsed() });
                return Ok(true);
            }
            Err(StepTrouble::Interrupted) => {
                outcome.interrupted = true;
                return Ok(false);
            }
            Err(StepTrouble::Failed(reason)) => (reason, Vec::new()),
            Err(StepTrouble::Program { reason, log }) => (reason, log),
            Err(StepTrouble::World(error)) => (error.to_string(), Vec::new()),
        };
        let failure = apply::Failure {
            subject: Some(Subject::Step(format!("{title} of the hop to {to}"))),
            detail,
            ..self.failure(reason)
        };
        self.fail(outcome, failure);
        Ok(false)
    }

    /// Plans what makes the platform one of the release, and carries that out.
    async fn apply(&mut self, outcome: &mut Outcome) -> Result<bool, Failure> {
        if self.is_interrupted(outcome) {
            return Ok(false);
        }
        // From here on the release's programs may have run.
        self.underway.begin(APPLY);
        self.note().await?;
        let to = &self.leg.hop.to;
        self.tell(Event::StepBegun {
            to: to.clone(),
            step: APPLY.to_owned(),
            reason: format!("the objects of release {to}"),
        });
        let begun = Instant::now();
        let planned = self.plan(to).await?;
        settle(&mut self.journal, &planned)?;
        let options = apply::Options {
            parallelism: self.shared.carriage.parallelism,
            wait_timeout: self.shared.carriage.wait_timeout,
            resumed: unready(&planned),
            serving: serving(&planned),
            lock_lost: self.lock.lost(),
            ..apply::Options::default()
        };
        let (events, interrupt) = (self.events.clone(), &self.shared.interrupt);
        let plan = Passwords::hash(self.shared.loaded.files.root(), &planned, &events, interrupt).await?;
        let cluster = &self.reach.session.cluster;
        let ran = apply::run(cluster, &plan, &mut self.journal, &options, events, interrupt).await;
        let ran = ran.map_err(unwritable)?;
        let is_success = ran.is_success();
        let counts: Vec<String> = ran.counts().iter().map(|(word, number)| format!("{number} {word}")).collect();
        outcome.add(ran);
        if is_success {
            let what = if counts.is_empty() { "nothing to change".to_owned() } else { counts.join(", ") };
            self.underway.done(APPLY, &what);
            self.note().await?;
            let (to, step) = (to.clone(), APPLY.to_owned());
            self.tell(Event::StepDone { to, step, what, said: Vec::new(), took: begun.elapsed() });
        }
        Ok(is_success)
    }

    /// The plan of a release on the way.
    async fn plan(&self, version: &str) -> Result<Planned, Failure> {
        let Shared { loaded, request, .. } = self.shared;
        leg::plan_release(loaded, request, self.one, version, self.upgrade.needed_later()).await
    }

    /// Plans once more: a hop is at its end when nothing is left to do.
    async fn prove(&mut self, outcome: &mut Outcome) -> Result<(), Failure> {
        let to = &self.leg.hop.to;
        let planned = self.plan(to).await?;
        if planned.plan.is_empty() {
            return Ok(());
        }
        // The next run applies the release again.
        self.underway.undo(APPLY);
        self.note().await?;
        let open: Vec<&Change> = planned.plan.changes.iter().filter(|change| !change.is_nothing()).collect();
        let mut detail: Vec<String> =
            open.iter().take(NAMED).map(|change| format!("{}: {}", change.id, change.action.as_str())).collect();
        if open.len() > NAMED {
            detail.push(format!("and {} more", open.len() - NAMED));
        }
        let reason = format!("release {to} was applied, and a plan for it still finds something to do");
        let failure = apply::Failure { detail, ..self.failure(reason) };
        self.fail(outcome, failure);
        Ok(())
    }

    /// Writes down how far the hop is.
    async fn note(&mut self) -> Result<(), Failure> {
        let standing = Standing { version: self.leg.hop.from.clone(), hop: Some(self.underway.clone()) };
        self.journal.stands(&self.upgrade.platform, standing);
        self.journal.flush().await.map_err(unwritable)
    }

    fn is_interrupted(&self, outcome: &mut Outcome) -> bool {
        outcome.interrupted |= self.shared.interrupt.is_interrupted();
        outcome.interrupted
    }

    fn failure(&self, reason: String) -> apply::Failure {
        apply::Failure {
            subject: Some(Subject::Step(format!("the hop to {}", self.leg.hop.to))),
            owner: Some(self.upgrade.platform.clone()),
            about: None,
            reason,
            detail: Vec::new(),
            blocks: Vec::new(),
        }
    }

    fn fail(&self, outcome: &mut Outcome, failure: apply::Failure) {
        self.tell(Event::Failed(failure.clone()));
        outcome.failures.push(failure);
    }

    fn tell(&self, event: Event) {
        self.events.tell(event);
    }
}

/// Changes that a failed proof names; the others are counted.
const NAMED: usize = 5;
