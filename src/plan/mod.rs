//! Compares what is desired with what was observed, and orders the changes. Pure.
//!
//! Takes [`Desired`] objects and an [`Observation`], gives a [`Plan`]: every change with its reason, and the graph in
//! which they are performed. Knows nothing of HCL, templates or clients; `apply` performs a plan exactly and decides
//! nothing again.

mod change;
mod desired;
mod graph;
mod observation;
#[allow(clippy::module_inception, reason = "the folder's main noun")]
mod plan;

pub use change::Action;
pub use change::Change;
pub use change::Checked;
pub use change::FieldChange;
pub use change::Precondition;
pub use desired::Desired;
pub use desired::DesiredObject;
pub use graph::Gate;
pub use graph::Graph;
pub use graph::Step;
pub use observation::DryRun;
pub use observation::Observation;
pub use observation::Record;
pub use plan::Plan;
