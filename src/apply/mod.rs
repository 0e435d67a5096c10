//! Performs a plan: walks its graph, waits, reports events. Decides nothing: what happens to an object stands in the plan.

mod event;

pub use event::Event;
