//! What happens during an apply, for views and logs. Carries no secret.

use std::time::Duration;

use crate::object::ObjectId;
use crate::plan::Action;

/// One happening. The set is closed: views match on all of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run begins: how many changes of each action, and how many steps there are in all.
    Started { changes: usize, steps: usize },
    /// Waiting for the lock, held by somebody else.
    LockWaiting { holder: String, since: String },
    /// A change is being made.
    Changing { id: ObjectId, owner: String, action: Action },
    /// A change was made.
    Changed { id: ObjectId, owner: String, action: Action, took: Duration },
    /// A gate is waited for; repeated when what it waits for changes.
    Waiting { gate: String, owner: String, reason: String },
    /// A gate has opened.
    Opened { gate: String, owner: String, took: Duration },
    /// All objects of an owner are made and ready.
    OwnerReady { owner: String },
    /// A request is tried again.
    Retrying { id: Option<ObjectId>, attempt: u32, reason: String },
    /// A change or a gate failed. `detail` holds reason, last events, tail of the log, one a line.
    Failed { what: String, owner: String, reason: String, detail: Vec<String>, blocks: Vec<String> },
    /// A step was not tried because something it depends on failed or the run was interrupted.
    Skipped { what: String, owner: String, because: String },
    /// The first interrupt arrived: requests in flight end, then the run stops.
    Interrupted,
    /// The run is over.
    Finished { created: usize, updated: usize, replaced: usize, deleted: usize, failed: usize, took: Duration },
}
