//! Changing an object by a patch: a strategic merge as kubectl's, or the operations of a JSON patch (RFC 6902).
//!
//! Pure. Whether a patch may change what it changes, and whether the object is a valid one afterwards, is not decided here.

mod operation;
mod strategic;

use std::fmt;

pub use operation::Operation;
pub use operation::Verb;
pub use operation::perform;
pub use strategic::StrategicMerge;

/// Why a patch cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchError {
    /// Where: `spec.template.spec.containers[0]` of a merge, `/spec/replicas` of an operation; empty for the object itself.
    pub path: String,
    /// In words that go on after the path and a colon.
    pub reason: String,
    /// What was meant, where something near is there.
    pub near: Option<String>,
}

impl PatchError {
    fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into(), near: None }
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.reason),
            path => write!(f, "{path}: {}", self.reason),
        }
    }
}
