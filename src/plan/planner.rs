//! Makes a plan by asking: what is needed beyond the first observation stands in the questions, and nobody has to know in
//! which order they come. Contacts nothing itself.

use super::Desired;
use super::Observation;
use super::Plan;
use super::PlanError;
use super::PlanOptions;
use super::compare::Comparison;
use super::compare::compare;
use super::compare::to_inspect;
use super::compare::to_read;
use super::compare::to_sweep;
use super::decide::decide;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::Residue;

/// What must be looked up before a plan can be made. The answers go into the [`Observation`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Questions {
    /// Objects observed as metadata only, to be read whole: into `live`.
    pub read: Vec<ObjectId>,
    /// CRDs, namespaces and profiles that would go: what they hold, into `holdings`.
    pub inspect: Vec<ObjectId>,
    /// What programs may have left behind: into `residues`.
    pub sweep: Vec<Residue>,
    /// Objects to ask the server about with a dry-run apply: the answers into `dry_runs`.
    pub dry_runs: Vec<Object>,
}

impl Questions {
    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What comes next of a plan.
#[derive(Debug)]
pub enum Next {
    /// Answer these, then call again.
    Ask(Questions),
    Done(Result<Plan, PlanError>),
}

/// A plan that is being made.
#[derive(Debug)]
pub struct Planner<'a> {
    desired: &'a Desired,
    options: &'a PlanOptions,
    stage: Stage,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Begun,
    /// Whole objects were asked for: what was compared before is void.
    Read,
    /// All that was to be asked was asked.
    Asked(Comparison),
}

impl<'a> Planner<'a> {
    pub fn new(desired: &'a Desired, options: &'a PlanOptions) -> Self {
        Self { desired, options, stage: Stage::Begun }
    }

    /// The next questions, at most twice, or the plan. `observation` holds the answers to the questions before.
    pub fn next(&mut self, observation: &Observation) -> Next {
        let comparison = match std::mem::take(&mut self.stage) {
            Stage::Asked(comparison) => {
                return Next::Done(decide(comparison, self.desired, observation, self.options));
            }
            Stage::Begun => {
                let comparison = compare(self.desired, observation, self.options);
                let read = to_read(&comparison);
                if !read.is_empty() {
                    self.stage = Stage::Read;
                    return Next::Ask(Questions { read, ..Questions::default() });
                }
                comparison
            }
            Stage::Read => compare(self.desired, observation, self.options),
        };
        let questions = Questions {
            read: Vec::new(),
            inspect: to_inspect(&comparison, self.desired),
            sweep: to_sweep(&comparison, self.desired, observation),
            dry_runs: comparison.dry_runs().map(|(_, object)| object.clone()).collect(),
        };
        if questions.is_empty() {
            return Next::Done(decide(comparison, self.desired, observation, self.options));
        }
        self.stage = Stage::Asked(comparison);
        Next::Ask(questions)
    }
}
