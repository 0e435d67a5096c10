//! What should be there: the rendered objects with who asked for them.

use std::collections::BTreeMap;

use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Residue;
use crate::object::kinds;
use crate::object::kinds::Class;

/// One object that should exist, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct DesiredObject {
    /// With namespace, ownership labels and secrets filled in.
    pub object: Object,
    /// Address of what asked for it: `platform.ml.dex` (a component), `user.alice`, `storage_class.nfs`.
    pub owner: Address,
    /// Addresses of owners whose objects must all serve before this owner's are made (a component's `requires`).
    /// Only for order that the objects themselves do not show.
    pub after: Vec<Address>,
}

/// Everything that should exist in one cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    pub installation: String,
    pub objects: Vec<DesiredObject>,
    /// How custom kinds tell that they are ready.
    pub readiness: Vec<ReadinessRule>,
    /// What programs leave behind when their owner goes, with that owner's address.
    pub residues: Vec<(Address, Residue)>,
    /// Fields of kinds of this target that do not change in place, beside those that are known of every cluster.
    pub immutable: Vec<ImmutableFields>,
    /// Objects that blocks of the configuration changed after they were rendered, with the addresses of these.
    pub patched: BTreeMap<ObjectId, Vec<Address>>,
}

/// Fields of a kind that do not change in place, though the server that serves its objects would store the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImmutableFields {
    pub group: String,
    pub kind: String,
    /// As `spec.network`.
    pub paths: Vec<String>,
}

impl Desired {
    /// The namespace that goes with an object and all it holds: itself, or the one that its kind's rule says it holds.
    pub fn namespace_held_by(&self, id: &ObjectId) -> Option<ObjectId> {
        match kinds::class(id) {
            Class::Namespace => Some(id.clone()),
            _ => self.readiness.iter().find_map(|rule| rule.held_by(id)),
        }
    }
}
