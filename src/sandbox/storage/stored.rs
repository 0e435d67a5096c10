//! One stored object: its value, its bytes, its place. Immutable; a write makes a new one.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

/// The place of an object: its resource and its name. `namespace` is empty for cluster-scoped objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub group: String,
    pub plural: String,
    pub namespace: String,
    pub name: String,
}

/// An object as it is stored, in its storage version.
#[derive(Debug)]
pub struct Stored {
    pub key: Key,
    pub revision: u64,
    pub value: Arc<Value>,
    /// `value` as JSON text, made once: journal, lists and watches share it.
    pub bytes: Bytes,
}

impl Stored {
    pub fn uid(&self) -> &str {
        self.metadata("uid")
    }

    /// A text of the metadata; empty where there is none.
    pub fn metadata(&self, field: &str) -> &str {
        self.value.get("metadata").and_then(|m| m.get(field)).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn is_deleting(&self) -> bool {
        !self.metadata("deletionTimestamp").is_empty()
    }
}
