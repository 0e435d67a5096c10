//! Compares what is desired with what was observed, and orders the changes. Pure.
//!
//! Takes [`Desired`] objects and an [`Observation`], gives a [`Plan`]: every change with its reason, and the graph in
//! which they are performed. Knows nothing of HCL, templates or clients; `apply` performs a plan exactly and decides
//! nothing again.
//!
//! A run goes in two passes, so that a server is asked only about what differs:
//! 1. [`compare`] with what the LISTs show;
//! 2. read whole what [`to_read`] names and compare again; look up what [`to_inspect`] names; ask the server about
//!    [`Comparison::dry_runs`], and put the answers into the observation;
//! 3. [`plan`].

mod change;
mod compare;
mod decide;
mod desired;
mod fields;
mod fingerprint;
#[cfg(test)]
mod fixture;
mod foreign;
mod graph;
mod immutable;
mod lists;
mod managers;
mod merge;
mod needs;
mod observation;
mod options;
mod order;
#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod plan;
mod problem;
mod references;
mod removal;
mod schemas;
mod selection;
mod teardown;
#[cfg(test)]
mod tests;
mod webhooks;

pub use change::Action;
pub use change::Change;
pub use change::Checked;
pub use change::FieldChange;
pub use change::Precondition;
pub use compare::Comparison;
pub use compare::compare;
pub use compare::to_dry_run;
pub use compare::to_inspect;
pub use compare::to_read;
pub use decide::plan;
pub use decide::plan_compared;
pub use desired::Desired;
pub use desired::DesiredObject;
pub use fingerprint::Fingerprint;
pub use graph::Gate;
pub use graph::Graph;
pub use graph::Step;
pub use observation::DryRun;
pub use observation::Observation;
pub use observation::Record;
pub use options::AdoptPolicy;
pub use options::Consent;
pub use options::Only;
pub use options::PlanOptions;
pub use plan::Counts;
pub use plan::Plan;
pub use problem::PlanError;
pub use problem::Problem;
