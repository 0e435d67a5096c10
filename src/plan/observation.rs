//! What was found: live objects, kinds served, the server's answers to dry runs, and the inventory's records.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;

/// What the inventory remembers of an object we own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Empty while the object is planned but was not seen yet.
    pub uid: String,
    /// `apps/v1`: the version it was last written in.
    pub api_version: String,
    /// As `DesiredObject::owner`, by the names of today.
    pub owner: Address,
    /// The name it is recorded under, where that was another one.
    pub moved_from: Option<Address>,
}

/// The server's answer to a dry-run apply of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum DryRun {
    /// The object as it would be stored.
    Accepted(Box<Object>),
    /// The server refuses the change of immutable fields, so only a replacement gets there. Holds its message.
    Immutable(String),
    /// The server refuses the object itself. Holds its message.
    Rejected(String),
    /// It could not be asked (kind or namespace not there yet, webhook down, no permission). Holds the reason.
    Unavailable(String),
}

/// What is known of one cluster at one moment.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// Live objects with their managedFields: all that carry our label, and all that are desired. CRDs may be metadata
    /// only (no `spec`); `plan::to_read` names those that are needed whole.
    pub live: BTreeMap<ObjectId, Object>,
    /// Served kinds as `Kind.group` (core: `Kind`).
    pub served: BTreeSet<String>,
    /// Answers for the objects that `plan::to_dry_run` asked about.
    pub dry_runs: BTreeMap<ObjectId, DryRun>,
    /// The inventory; empty for a new installation.
    pub records: BTreeMap<ObjectId, Record>,
    /// What objects that may go hold and we did not make: custom resources of a CRD, everything of value in a namespace,
    /// also in one that goes with what holds it. Texts as `3 Notebooks`, `20Gi of data in claim alice/home`. No entry means it
    /// was not looked up, and then a loss is assumed. `plan::to_inspect` names what to look up.
    pub holdings: BTreeMap<ObjectId, Vec<String>>,
    /// What programs of owners that go have made elsewhere. `plan::to_sweep` names what to look for.
    pub residues: BTreeMap<ObjectId, Object>,
    /// Revision number of the inventory, for the staleness check of saved plans.
    pub revision: u64,
    /// The server's version, as `v1.31.4`.
    pub server_version: String,
}
