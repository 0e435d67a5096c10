//! The order of a plan: steps and what each waits for.

use std::fmt;

use crate::object::Address;
use crate::object::ObjectId;

/// Something that must serve before what depends on it may start. Gates are found from the objects themselves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// The object is ready by the rules of its kind (a CRD is established and served, a Deployment available, …).
    Ready(ObjectId),
    /// All objects of an owner are ready.
    OwnerReady(Address),
    /// The webhooks of this configuration that call `service` answer: the backend serves and the CA bundle is filled.
    WebhookServes { configuration: ObjectId, service: ObjectId },
    /// The object no longer exists.
    Gone(ObjectId),
}

/// What is waited for, as people read it.
impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gate::Ready(id) => write!(f, "{id} ready"),
            Gate::OwnerReady(owner) => write!(f, "{owner} ready"),
            Gate::WebhookServes { configuration, .. } => write!(f, "webhooks of {configuration} answer"),
            Gate::Gone(id) => write!(f, "{id} gone"),
        }
    }
}

/// One node of the graph. Numbers are indices into `Plan::changes`.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Perform the change of an object that stays or is made (create, update, replace, adopt).
    Apply(usize),
    /// Delete or forget the object of the change.
    Remove(usize),
    Wait(Gate),
}

/// A directed graph without cycles. `depends_on[n]` lists the steps that step `n` waits for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub steps: Vec<Step>,
    pub depends_on: Vec<Vec<usize>>,
    /// Waits that were left out because they would have closed a cycle, each with its reason.
    pub dropped: Vec<String>,
}
