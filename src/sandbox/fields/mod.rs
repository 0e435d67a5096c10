//! Server-side apply: sets of fields, merging by schema, and who owns what.
//!
//! The rules are those of Kubernetes' structured-merge-diff. Pure: values in, values out.

mod compare;
mod element;
mod merge;
mod ownership;
mod remove;
mod set;
mod walk;

#[cfg(test)]
mod properties;

pub use compare::compare;
pub use compare::equal;
pub use merge::merge;
pub use ownership::Conflict;
pub use ownership::Ownership;
pub use ownership::Write;
pub use remove::remove;
pub use set::FieldSet;
pub use walk::check_applied;
pub use walk::fields_of;
