//! What a rehearsal has found out: values, for people and programs. Carries no secret.

use std::collections::BTreeMap;
use std::time::Duration;

use super::duplicate::Taken;
use super::hopping::Upgrade;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Action;
use crate::plan::Counts;
use crate::plan::Fates;

/// A change or an upgrade, carried out in a copy of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// `cluster.main`
    pub target: Address,
    /// Which cluster was copied.
    pub place: String,
    pub taken: Taken,
    /// Requests to the cluster itself, by verb: it is only read.
    pub requests: BTreeMap<&'static str, u64>,
    pub upgrade: Option<Upgrade>,
    pub counts: Counts,
    /// What the plan changes, in its order.
    pub changes: Vec<(ObjectId, Action)>,
    /// There was nothing to do: what follows is empty.
    pub is_empty: bool,
    /// What an apply asks `--allow-data-loss` for.
    pub losses: Vec<String>,
    /// Steps of hops, in the order in which they came to their end.
    pub steps: Vec<RehearsedStep>,
    pub cut: Option<Cut>,
    /// Why it did not come to its end; empty where it did.
    pub failures: Vec<String>,
    /// What admission refused.
    pub refused: Vec<String>,
    /// What a plan still found to do at the end, as object and action.
    pub open: Vec<(ObjectId, Action)>,
    /// What does not serve at the end, with the reason.
    pub unready: Vec<String>,
    /// What is left for a person to do or to delete.
    pub left: Vec<String>,
    /// What became of users' objects.
    pub users: Fates,
    /// What a rehearsal cannot tell.
    pub unknown: Vec<String>,
    /// All of it, copying included.
    pub took: Duration,
}

/// A step as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct RehearsedStep {
    /// The release that its hop leads to.
    pub to: String,
    pub step: String,
    pub reason: String,
    pub what: String,
    pub took: Duration,
    /// It was done by the run that went on after the cut.
    pub is_resumed: bool,
}

/// Where the first run was cut off, as `kill -9` does.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The step of a hop that was under way; empty where there was none.
    pub step: String,
    /// So many of its changes were made.
    pub made: usize,
    pub all: usize,
}

impl Rehearsal {
    /// It came to its end, nothing was refused, and a plan finds nothing more to do.
    pub fn is_success(&self) -> bool {
        self.failures.is_empty() && self.refused.is_empty() && self.open.is_empty() && self.unready.is_empty()
    }
}
