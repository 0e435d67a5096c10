//! A whole plan.

use super::Change;
use super::Graph;
use crate::object::ReadinessRule;

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
}
