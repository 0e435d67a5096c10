//! What an installation remembers: inventory, revisions, lock, in versioned stored forms.
//!
//! Lives in the cluster's namespace `stackwright-system`. The inventory is a claim of ownership written ahead of every
//! change: an object's line is there before the object is, and leaves only after the object is proven gone. Nothing
//! here decides what is deleted or made.

mod error;
mod inventory;
mod journal;
mod kept;
mod lock;
mod outputs;
mod process;
mod revision;
mod secret;
mod standing;
mod store;
mod stored;
#[cfg(test)]
mod tests;
mod verify;

pub use error::StateError;
pub use inventory::Entry;
pub use inventory::EntryState;
pub use inventory::Inventory;
pub use journal::Journal;
pub use kept::Content;
pub use kept::KeptConfiguration;
pub use kept::PackedConfiguration;
pub use lock::Holder;
pub use lock::Lock;
pub use lock::LockOptions;
pub use lock::Lost;
pub use outputs::Output;
pub use revision::KEPT_NO_CONFIGURATION;
pub use revision::OVERRIDDEN_POLICIES;
pub use revision::Revision;
pub use revision::RevisionResult;
pub use revision::WENT_BACK_TO;
pub use secret::is_record_of;
pub use standing::Standing;
pub use standing::Underway;
pub use store::Store;
pub use verify::Difference;
pub use verify::verify;

/// Where all records of all installations of a cluster live.
pub const NAMESPACE: &str = "stackwright-system";
