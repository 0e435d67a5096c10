//! What a person asked of a plan: its mode, its selection, and what they consent to lose.

use std::collections::BTreeSet;

use crate::object::Address;
use crate::object::ObjectId;
use crate::object::Secrets;

/// Settings of one plan. Addresses name owners (`platform.ml.dex`, `user.alice`), all owners under them
/// (`platform.ml`), or single objects (`Deployment.apps auth/dex`, also `platform.ml.dex/Deployment.apps auth/dex`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanOptions {
    /// Everything of the installation goes.
    pub destroy: bool,
    /// Compare only: nothing is changed but records of objects that are gone.
    pub refresh_only: bool,
    /// When not empty, only these and what they depend on.
    pub targets: Vec<Address>,
    /// All but these and what depends on them.
    pub excludes: Vec<Address>,
    /// Objects to replace although they could be updated or are unchanged.
    pub replace: Vec<Address>,
    /// Objects to let go instead of deleting them (`removed` blocks with `destroy = false`).
    pub forget: Vec<Address>,
    /// Only what exists and belongs to no installation is taken over; nothing is made, changed or removed. Targets then
    /// mean exactly these objects, without what they need.
    pub adopt_only: bool,
    /// Objects whose deletion or replacement is an error (`prevent_destroy`).
    pub prevent_destroy: Vec<Address>,
    pub consent: Consent,
    /// With `destroy`: claims, users' namespaces and CRDs that hold objects stay, and are let go.
    pub keep_data: bool,
    pub adopt: AdoptPolicy,
    /// Digest of the configuration, for the staleness check of saved plans; empty where there is none.
    pub configuration_digest: String,
    /// Known secret values, hidden in everything that is shown.
    pub secrets: Secrets,
}

/// Which losses of data a person agreed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Consent {
    #[default]
    Nothing,
    /// Only what these objects hold.
    Objects(BTreeSet<ObjectId>),
    Everything,
}

impl Consent {
    /// Whether the loss of what `id` holds was agreed to.
    pub fn covers(&self, id: &ObjectId) -> bool {
        match self {
            Consent::Nothing => false,
            Consent::Objects(ids) => ids.contains(id),
            Consent::Everything => true,
        }
    }
}

/// What happens to an object that exists already and belongs to no installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdoptPolicy {
    /// It is taken over, and the plan says so.
    #[default]
    TakeOver,
    /// It is an error.
    Refuse,
}
