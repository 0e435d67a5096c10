//! A whole plan.

use std::collections::BTreeMap;

use super::Action;
use super::Change;
use super::Graph;
use super::Problem;
use crate::object::Address;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Secrets;

/// Every change of a run, and the order they are performed in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub installation: String,
    /// All desired objects and all that go, unchanged ones too, in the order of their addresses.
    pub changes: Vec<Change>,
    pub graph: Graph,
    /// How custom kinds tell that they are ready, for the waits.
    pub readiness: Vec<ReadinessRule>,
    /// Revision of the inventory this plan was made on.
    pub revision: u64,
    /// `PlanOptions::configuration_digest` of the run that made it.
    pub configuration_digest: String,
    /// What is hidden wherever the plan is shown.
    pub secrets: Secrets,
    /// Addresses of the options that name nothing here, where they may name something at another target.
    pub unnamed: Vec<Problem>,
    /// As [`Desired::patched`](super::Desired::patched).
    pub patched: BTreeMap<ObjectId, Vec<Address>>,
}

/// How many changes there are of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub unchanged: usize,
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub delete: usize,
    pub adopt: usize,
    pub forget: usize,
}

impl Counts {
    /// Takes one more change into account.
    pub fn add(&mut self, action: Action) {
        let count = match action {
            Action::NoOp => &mut self.unchanged,
            Action::Create => &mut self.create,
            Action::Update => &mut self.update,
            Action::Replace => &mut self.replace,
            Action::Delete => &mut self.delete,
            Action::Adopt => &mut self.adopt,
            Action::Forget => &mut self.forget,
        };
        *count += 1;
    }

    /// Changes that are not no-ops.
    pub fn changed(&self) -> usize {
        self.create + self.update + self.replace + self.delete + self.adopt + self.forget
    }
}

impl Plan {
    /// Whether nothing would be done.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(Change::is_nothing)
    }

    /// Objects that others changed and that a plan which only looks leaves so.
    pub fn drifted(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.action == Action::NoOp && !change.fields.is_empty())
    }

    /// What is no longer wanted and stays, because nobody agreed to lose what it holds.
    pub fn kept(&self) -> impl Iterator<Item = &Change> {
        self.losses().filter(|change| change.action == Action::NoOp)
    }

    /// How many changes there are of each action.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.changes.iter().for_each(|change| counts.add(change.action));
        counts
    }

    /// Every change by which a person would lose data, and every object that stays only because nobody agreed to that.
    pub fn losses(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.loss.is_some())
    }
}
