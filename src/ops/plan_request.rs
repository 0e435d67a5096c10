//! What a person asks a plan for, and what the configuration adds to that.

use std::collections::BTreeMap;

use sha2::Digest;

use super::Loaded;
use crate::diag::without_secrets;
use crate::lang::Removed;
use crate::object::Address;
use crate::object::normalize::hexadecimal;
use crate::plan::Care;
use crate::plan::Consent;
use crate::plan::Mode;
use crate::plan::PlanOptions;

/// What a person asked for, as the command line says it.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct PlanRequest {
    pub mode: Mode,
    pub targets: Vec<Address>,
    pub excludes: Vec<Address>,
    pub replace: Vec<Address>,
    pub allow_data_loss: bool,
    /// Steps of a hop restart users' workloads too.
    #[serde(default)]
    pub restart: bool,
    /// Nothing will come of it: a platform is looked at as it is, whatever release the configuration names.
    #[serde(default)]
    pub looks: bool,
    /// Policies, by name or address, that do not refuse it although it breaks them.
    #[serde(default)]
    pub override_policies: Vec<String>,
}

impl PlanRequest {
    /// Looks at what is installed.
    pub fn look() -> Self {
        Self { looks: true, ..Self::default() }
    }

    /// Whether releases are hopped to; else a platform is taken for what it is.
    pub fn hops(&self) -> bool {
        self.mode == Mode::Converge && !self.looks
    }

    /// Takes over existing objects of these addresses, of all where there are none.
    pub fn adopt(addresses: &[Address]) -> Self {
        Self { mode: Mode::Adopt, targets: addresses.to_vec(), ..Self::default() }
    }

    /// Lets objects of these addresses go: as if they were not wanted any more, but nothing is deleted.
    pub fn forget(addresses: &[Address]) -> Self {
        Self { mode: Mode::Forget, targets: addresses.to_vec(), ..Self::default() }
    }

    /// Whether an apply records the outputs: where objects only change hands or a part is removed, nothing is said of them.
    pub fn writes_outputs(&self) -> bool {
        matches!(self.mode, Mode::Converge | Mode::Drift)
    }

    /// Whether everything goes, so that the records go last.
    pub fn erases(&self) -> bool {
        self.mode.is_destroy() && self.targets.is_empty() && self.excludes.is_empty()
    }

    /// The same for the planner, with what the configuration says. Other targets than this one are planned at the same
    /// time where `is_one_of_several`.
    pub fn options(&self, loaded: &Loaded, care: BTreeMap<Address, Care>, is_one_of_several: bool) -> PlanOptions {
        PlanOptions {
            is_one_of_several,
            mode: self.mode,
            targets: self.targets.clone(),
            excludes: self.excludes.clone(),
            replace: self.replace.clone(),
            released: removed(loaded, |removed| !removed.destroy),
            expendable: removed(loaded, |removed| removed.delete_data),
            imported: loaded.evaluated.imports.iter().filter_map(|import| import.id.0.parse().ok()).collect(),
            care,
            consent: if self.allow_data_loss { Consent::Everything } else { Consent::Nothing },
            configuration_digest: digest(loaded),
            secrets: loaded.secrets.clone(),
        }
    }
}

/// What has another name than before.
pub fn moves(loaded: &Loaded) -> Vec<(Address, Address)> {
    loaded.evaluated.moved.iter().map(|moved| (moved.from.0.clone(), moved.to.0.clone())).collect()
}

/// Resources that `removed` blocks are about.
fn removed(loaded: &Loaded, is_meant: impl Fn(&Removed) -> bool) -> Vec<Address> {
    let removed = loaded.evaluated.removed.iter().filter(|removed| is_meant(removed));
    removed.map(|removed| removed.from.0.clone()).collect()
}

/// Digest of the configuration's HCL, without the secrets in it and without variables files: a digest over a short secret
/// could be tried out.
fn digest(loaded: &Loaded) -> String {
    let mut hash = sha2::Sha256::new();
    for id in loaded.sources.ids().filter(|id| loaded.sources.path(*id).ends_with(".hcl")) {
        let (path, text) = (loaded.sources.path(id), loaded.sources.text(id));
        hash.update(format!("{} {} {path}\n", path.len(), text.len()));
        let hidden = loaded.warnings.hidden().iter().filter(|span| span.source == id).copied();
        hash.update(without_secrets(text, hidden.collect()));
    }
    hexadecimal(&hash.finalize())
}
