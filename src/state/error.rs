//! What can go wrong with the records.

use crate::provider::kubernetes::ClusterError;

/// A record that cannot be read, written or trusted.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("cannot {what}: {source}")]
    Cluster { what: String, source: ClusterError },
    #[error("the record {name} in namespace stackwright-system is damaged: {reason}")]
    Damaged { name: String, reason: String },
    #[error(
        "the record {name} was written by a newer version of stackwright (form {found}, this one reads up to {known}); \
         use that version"
    )]
    TooNew { name: String, found: u64, known: u64 },
    #[error("the inventory was changed by somebody else meanwhile; run again")]
    Outrun,
    #[error(
        "another run has taken over the lock (its number is {theirs}, ours {ours}); this one may not write any more"
    )]
    Fenced { ours: u64, theirs: u64 },
    #[error("locked by {holder} ({operation}) since {since}")]
    Locked { holder: String, operation: String, since: String },
    #[error("the lock was lost: {reason}")]
    LockLost { reason: String },
}

impl StateError {
    pub(super) fn cluster(what: impl Into<String>) -> impl FnOnce(ClusterError) -> StateError {
        let what = what.into();
        move |source| StateError::Cluster { what, source }
    }
}
