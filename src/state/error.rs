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
    #[error("the record {name} in namespace stackwright-system is too big: {what}")]
    TooBig { name: String, what: String },
    #[error(
        "another run has taken over the lock (its number is {theirs}, ours {ours}); this one may not write any more: \
         wait until the other is done and run again"
    )]
    Fenced { ours: u64, theirs: u64 },
    #[error(
        "the inventory says that it was last written under lock number {fence}, and a lock counts to {highest} only: it \
         was damaged or written by hand; make sure that no other run is under way, then set the number back with \
         `kubectl -n stackwright-system patch secret {name} -p '{{\"data\":{{\"fence\":\"MQ==\"}}}}'`"
    )]
    FenceExhausted { name: String, fence: u64, highest: u64 },
    #[error(
        "the Lease {name} in namespace stackwright-system changed under each of {attempts} attempts to {what}; look who \
         else writes it"
    )]
    Contended { name: String, what: &'static str, attempts: u32 },
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
