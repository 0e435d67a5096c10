//! What a person asked of a plan: its mode, its selection, and what they consent to lose.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::ignored::Ignored;
use crate::object::Address;
use crate::object::ObjectId;
use crate::object::Secrets;

/// What a plan is for. One at a time: what two of them together would mean, nobody can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The cluster becomes what the configuration says.
    #[default]
    Converge,
    /// Compare only: nothing is changed but records of objects that are gone.
    Drift,
    /// Only what exists and belongs to no installation is taken over; nothing is made, changed or removed. Targets then
    /// mean exactly these objects, without what they need.
    Adopt,
    /// Everything of the installation goes. With `keep_data`, claims, users' namespaces and CRDs that hold objects stay
    /// and are let go.
    Destroy { keep_data: bool },
    /// The targets are let go as if they were not wanted any more, but nothing is deleted.
    Forget,
}

impl Mode {
    /// Whether nothing is wanted any more.
    pub fn wants_nothing(self) -> bool {
        matches!(self, Mode::Destroy { .. } | Mode::Forget)
    }

    /// Whether objects only change hands.
    pub fn hands_over(self) -> bool {
        matches!(self, Mode::Adopt | Mode::Forget)
    }

    /// Whether who asks for this agrees to what the plan lists as lost: who destroys does, unless data are to stay.
    pub fn agrees_to_losses(self) -> bool {
        self == Mode::Destroy { keep_data: false }
    }

    /// Whether everything goes, and the records with it where nothing is left out.
    pub fn is_destroy(self) -> bool {
        matches!(self, Mode::Destroy { .. })
    }
}

/// Settings of one plan. Addresses name owners (`platform.ml.dex`, `user.alice`), all owners under them
/// (`platform.ml`), or single objects (`Deployment.apps auth/dex`, also `platform.ml.dex/Deployment.apps auth/dex`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanOptions {
    pub mode: Mode,
    /// When not empty, only these and what they depend on.
    pub targets: Vec<Address>,
    /// All but these and what depends on them.
    pub excludes: Vec<Address>,
    /// Objects to replace although they could be updated or are unchanged.
    pub replace: Vec<Address>,
    /// Objects to let go instead of deleting them (`removed` blocks with `destroy = false`).
    pub released: Vec<Address>,
    /// Owners whose objects may go with the data that they hold (`removed` blocks with `delete_data = true`).
    pub expendable: Vec<Address>,
    /// Objects that the configuration takes over by name (`import` blocks).
    pub imported: BTreeSet<ObjectId>,
    /// What the configuration says of the life of its resources.
    pub care: BTreeMap<Address, Care>,
    pub consent: Consent,
    /// Digest of the configuration, for the staleness check of saved plans; empty where there is none.
    pub configuration_digest: String,
    /// Other targets are planned at the same time: an address that names nothing here is no mistake yet.
    pub is_one_of_several: bool,
    /// Known secret values, hidden in everything that is shown.
    pub secrets: Secrets,
}

/// How a resource is to be treated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// Deletion or replacement of any of its objects is an error (`prevent_destroy`).
    pub is_protected: bool,
    /// Owners whose change replaces its objects (`replace_triggered_by`).
    pub replaced_with: Vec<Address>,
    /// What of its objects is left as it is once they are there (`ignore_changes`).
    pub ignored: BTreeMap<ObjectId, Ignored>,
}

impl PlanOptions {
    /// Whether the loss of what an object of `owner` holds was agreed to.
    pub fn consents(&self, owner: &Address, id: &ObjectId) -> bool {
        self.consent.covers(id) || self.expendable.iter().any(|address| address.covers(owner, id))
    }

    /// Whether what `id` of `owner` is must stay.
    pub fn protects(&self, owner: &Address) -> bool {
        self.care.get(&owner.of_block()).is_some_and(|care| care.is_protected)
    }
}

/// Which losses of data a person agreed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Consent {
    #[default]
    Nothing,
    /// Only what these objects hold.
    Objects(BTreeSet<ObjectId>),
    Everything,
    /// All but what these hold: somebody needs it still.
    AllBut(BTreeSet<ObjectId>),
}

impl Consent {
    /// Whether the loss of what `id` holds was agreed to.
    pub fn covers(&self, id: &ObjectId) -> bool {
        match self {
            Consent::Nothing => false,
            Consent::Objects(ids) => ids.contains(id),
            Consent::Everything => true,
            Consent::AllBut(ids) => !ids.contains(id),
        }
    }

    /// The same, but for what these objects hold.
    #[must_use]
    pub fn without(self, needed: BTreeSet<ObjectId>) -> Self {
        match self {
            consent if needed.is_empty() => consent,
            Consent::Nothing => Consent::Nothing,
            Consent::Objects(ids) => Consent::Objects(ids.difference(&needed).cloned().collect()),
            Consent::Everything => Consent::AllBut(needed),
            Consent::AllBut(mut ids) => {
                ids.extend(needed);
                Consent::AllBut(ids)
            }
        }
    }
}
