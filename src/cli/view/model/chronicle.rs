//! What happened during a run, kept to be told afterwards. Events in, values out; not how they are told.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::apply::Event;
use crate::apply::Failure;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Gate;

/// What happened so far.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    /// By target, the release that a hop leads to (empty outside of hops), and gate: each hop waits anew.
    pub gates: BTreeMap<(Address, String, Gate), Waited>,
    /// The hop that each target is on.
    hops_begun: BTreeMap<Address, String>,
    pub changes: Vec<Changed>,
    pub steps: Vec<Stepped>,
    pub failures: Vec<(Address, Failure)>,
    pub skipped: Vec<(ObjectId, Address, String)>,
    /// Owners whose objects serve, and after how long.
    pub ready: Vec<(Address, Duration)>,
    /// Releases that platforms have come to.
    pub hops: Vec<String>,
    /// Requests that were tried again.
    pub retries: usize,
    /// Changes that were to be made.
    pub wanted: usize,
    pub is_interrupted: bool,
    /// When the last event came, from the beginning.
    pub took: Duration,
}

/// How long a gate kept others waiting.
#[derive(Clone, Debug)]
pub struct Waited {
    pub owner: Option<Address>,
    /// When it was first waited for, from the beginning.
    pub since: Duration,
    /// `None` while it is closed.
    pub took: Option<Duration>,
    /// What it waited for last; empty where it never had to wait.
    pub reason: String,
}

/// A change that was made.
#[derive(Clone, Debug)]
pub struct Changed {
    pub id: ObjectId,
    pub owner: Address,
    pub action: crate::plan::Action,
    pub took: Duration,
}

/// A step of a hop that was done.
#[derive(Clone, Debug)]
pub struct Stepped {
    pub to: String,
    pub step: String,
    pub what: String,
    pub took: Duration,
}

impl Chronicle {
    /// Takes down an event of a target, so long after the beginning.
    pub fn take(&mut self, target: &Address, event: &Event, at: Duration) {
        self.took = at;
        match event {
            Event::Started { changes, .. } => self.wanted += changes,
            Event::Changed { id, owner, action, took } => {
                self.changes.push(Changed { id: id.clone(), owner: owner.clone(), action: *action, took: *took });
            }
            Event::Waiting { gate, owner, reason } => {
                self.gate(target, gate, owner.as_ref(), at).reason.clone_from(reason);
            }
            Event::Opened { gate, owner, took } => {
                self.gate(target, gate, owner.as_ref(), at).took = Some(*took);
            }
            Event::OwnerReady { owner } => self.ready.push((owner.clone(), at)),
            Event::Retrying { .. } => self.retries += 1,
            Event::Failed(failure) => self.failures.push((target.clone(), failure.clone())),
            Event::Skipped { id, owner, because } => {
                self.skipped.push((id.clone(), owner.clone(), because.to_string()));
            }
            Event::StepDone { to, step, what, took, .. } => {
                let (to, step, what) = (to.clone(), step.clone(), what.clone());
                self.steps.push(Stepped { to, step, what, took: *took });
            }
            Event::HopBegun { to, .. } => _ = self.hops_begun.insert(target.clone(), to.clone()),
            Event::HopDone { platform, to, .. } => self.hops.push(format!("{platform} is at release {to}")),
            Event::Interrupted => self.is_interrupted = true,
            Event::LockWaiting { .. }
            | Event::Hashing { .. }
            | Event::Changing { .. }
            | Event::StepBegun { .. }
            | Event::StepWaiting { .. }
            | Event::Finished { .. } => {}
        }
    }

    fn gate(&mut self, target: &Address, gate: &Gate, owner: Option<&Address>, at: Duration) -> &mut Waited {
        let hop = self.hops_begun.get(target).cloned().unwrap_or_default();
        let fresh = || Waited { owner: owner.cloned(), since: at, took: None, reason: String::new() };
        self.gates.entry((target.clone(), hop, gate.clone())).or_insert_with(fresh)
    }
}
