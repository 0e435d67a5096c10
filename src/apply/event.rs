//! What happens during an apply, for views and logs: values, no words. Carries no secret.

use std::fmt;
use std::time::Duration;

use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Action;
use crate::plan::Gate;

/// What a step of a plan is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The change of an object.
    Object(ObjectId),
    /// A wait.
    Gate(Gate),
    /// A step of a hop, as `delete old-webhook of the hop to 1.10.2`.
    Step(String),
}

/// `Deployment.apps auth/dex`, or what is waited for.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Object(id) => id.fmt(f),
            Subject::Gate(gate) => gate.fmt(f),
            Subject::Step(step) => f.write_str(step),
        }
    }
}

/// Why a step was not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// Something it depends on failed.
    Failed(Subject),
    Interrupted,
}

/// `Secret auth/dex failed`
impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Because::Failed(subject) => write!(f, "{subject} failed"),
            Because::Interrupted => f.write_str("the run was interrupted"),
        }
    }
}

/// One happening. The set is closed: views match on all of it. An owner is missing where an object is not in the plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run begins: how many changes of each action, and how many steps there are in all.
    Started { changes: usize, steps: usize },
    /// Waiting for the lock, held by somebody else.
    LockWaiting { holder: String, since: String },
    /// So many of the passwords are hashed, which goes before the first change.
    Hashing { done: usize, all: usize },
    /// A change is being made.
    Changing { id: ObjectId, owner: Address, action: Action },
    /// A change was made.
    Changed { id: ObjectId, owner: Address, action: Action, took: Duration },
    /// A gate is waited for; repeated when what it waits for changes.
    Waiting { gate: Gate, owner: Option<Address>, reason: String },
    /// A gate has opened.
    Opened { gate: Gate, owner: Option<Address>, took: Duration },
    /// All objects of an owner are made and ready.
    OwnerReady { owner: Address },
    /// A request is tried again. `what` is what was asked; `outage` the address of a server that is not there to answer
    /// anything.
    Retrying { id: Option<ObjectId>, attempt: u32, reason: String, what: String, outage: Option<String> },
    /// A change or a gate failed.
    Failed(Failure),
    /// A change was not tried because something it depends on failed or the run was interrupted.
    Skipped { id: ObjectId, owner: Address, because: Because },
    /// A hop of a platform between two releases begins.
    HopBegun { platform: Address, from: String, to: String },
    /// A step of a hop begins.
    StepBegun { to: String, step: String, reason: String },
    /// A step waits for what it has brought about.
    StepWaiting { step: String, reason: String },
    /// A step is done.
    StepDone {
        to: String,
        step: String,
        what: String,
        /// What its program said in the end.
        said: Vec<String>,
        took: Duration,
    },
    /// A platform is at the next release, and a plan for it finds nothing to do.
    HopDone { platform: Address, from: String, to: String, took: Duration },
    /// The first interrupt arrived: requests in flight end, then the run stops.
    Interrupted,
    /// The run is over.
    Finished { created: usize, updated: usize, replaced: usize, deleted: usize, failed: usize, took: Duration },
}

impl Event {
    /// Whether it may be told any number of times: the others come at most once for each thing that a run does.
    pub fn is_repeated(&self) -> bool {
        match self {
            Event::LockWaiting { .. }
            | Event::Hashing { .. }
            | Event::Waiting { .. }
            | Event::Retrying { .. }
            | Event::StepWaiting { .. } => true,
            Event::Started { .. }
            | Event::Changing { .. }
            | Event::Changed { .. }
            | Event::Opened { .. }
            | Event::OwnerReady { .. }
            | Event::Failed(_)
            | Event::Skipped { .. }
            | Event::HopBegun { .. }
            | Event::StepBegun { .. }
            | Event::StepDone { .. }
            | Event::HopDone { .. }
            | Event::Interrupted
            | Event::Finished { .. } => false,
        }
    }
}

/// One change or gate that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `None` for a step that was lost by a mistake of ours.
    pub subject: Option<Subject>,
    pub owner: Option<Address>,
    /// The object whose state is the reason, where it is a state.
    pub about: Option<ObjectId>,
    pub reason: String,
    /// Pod reason, last events, tail of the log, one a line.
    pub detail: Vec<String>,
    /// Objects that were not changed because of it.
    pub blocks: Vec<ObjectId>,
}

impl Failure {
    /// The reason with the object whose state it is.
    pub fn cause(&self) -> String {
        match &self.about {
            Some(about) => format!("{about}: {}", self.reason),
            None => self.reason.clone(),
        }
    }
}

/// What failed, and why: a line for the history.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "{subject}: {}", self.cause()),
            None => write!(f, "a step: {}", self.cause()),
        }
    }
}
