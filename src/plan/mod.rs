//! Compares what is desired with what was observed, and orders the changes. Pure.
//!
//! Takes [`Desired`] objects and an [`Observation`], gives a [`Plan`]: every change with its reason, and the graph in
//! which they are performed. Knows nothing of HCL, templates or clients; `apply` performs a plan exactly and decides
//! nothing again.
//!
//! A server is asked only about what differs: [`Planner`] says what is to be looked up, and gives the plan once it was.

mod change;
mod compare;
mod decide;
mod desired;
mod fate;
mod fields;
mod fingerprint;
#[cfg(test)]
mod fixture;
mod foreign;
mod graph;
pub mod hindrance;
mod ignored;
mod immutable;
mod json;
mod lists;
mod managers;
mod merge;
mod moves;
mod needs;
mod observation;
mod options;
mod order;
mod outline;
mod outputs;
#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod plan;
mod planner;
pub mod preflight;
mod problem;
mod references;
mod removal;
mod rights;
mod room;
mod schemas;
mod selection;
mod shares;
mod size;
mod step_rights;
mod strangers;
mod teardown;
#[cfg(test)]
mod tests;
mod webhooks;

pub use change::Action;
pub use change::Change;
pub use change::Checked;
pub use change::FieldChange;
pub use change::Precondition;
pub use desired::Desired;
pub use desired::DesiredObject;
pub use desired::ImmutableFields;
pub use fate::Fates;
pub use fate::Likeness;
pub use fate::fates;
pub use fate::likeness;
pub use fingerprint::Fingerprint;
pub use graph::Gate;
pub use graph::Graph;
pub use graph::Step;
pub use ignored::Ignored;
pub use json::change_json;
pub use json::plan_json;
pub use managers::is_tool;
pub use moves::follow as follow_moves;
pub use moves::follow_renamed;
pub use observation::DryRun;
pub use observation::Observation;
pub use observation::Record;
pub use options::Care;
pub use options::Consent;
pub use options::Mode;
pub use options::PlanOptions;
pub use outline::Part;
pub use outline::owners_and_gates;
pub use outline::steps;
pub use outputs::OutputAction;
pub use outputs::OutputChange;
pub use outputs::OutputValue;
pub use outputs::output_changes;
pub use plan::Counts;
pub use plan::Plan;
pub use planner::Next;
pub use planner::Planner;
pub use planner::Questions;
pub use problem::PlanError;
pub use problem::Problem;
pub use rights::Purpose;
pub use rights::RunNeeds;
pub use rights::permissions;
pub use room::Room;
pub use room::check_claims;
pub use room::claims;
pub use room::makes_pods;
pub use room::of_plan as room_of;
pub use room::sentence;
pub use shares::tell as tell_of_shares;
pub use size::Size;
pub use size::requested;
