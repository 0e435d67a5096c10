//! The graph of a plan.
use super::*;
pub fn graph(_: &Desired, _: &Observation, _: &[Change], _: &[Option<usize>], _: &mut Vec<Problem>) -> Graph {
    Graph::default()
}
