//! What rendering yields: objects with who asked for them, and what is still open in them.
//!
//! The values of secrets are not here before [`Rendered::fill`]: their places hold placeholder texts.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::config::Secret;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Residue;

use super::Fit;
use super::ImageUse;
use super::Kept;
use super::Login;
use super::NeededCredential;
use super::NeededSecret;
use super::Unhashed;

/// One object that should exist. The caller turns it into what plan works with.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedObject {
    pub object: Object,
    /// Address of what asked for it: `platform.ml.dex`, `user.alice`, `storage_class.nfs`.
    pub owner: Address,
    /// Addresses of owners whose objects must serve before this one is made.
    pub after: Vec<Address>,
}

/// A component that is part of a platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnabledComponent {
    pub name: String,
    pub title: String,
    /// Empty for a user's own component.
    pub version: String,
    pub namespace: String,
    /// `platform.ml.dex`
    pub address: Address,
    /// Names it had, or those of the components it was a part of, in earlier releases: what the inventory has under their
    /// addresses may be this one's.
    pub was: Vec<String>,
}

/// Everything a platform consists of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// In an order in which they could be made, components after those they require.
    pub objects: Vec<RenderedObject>,
    /// How custom kinds tell that they are ready; of components that are off too, where a kind holds a namespace.
    pub readiness: Vec<ReadinessRule>,
    /// What programs of components leave behind, with the component's address; of those that are off too.
    pub residues: Vec<(Address, Residue)>,
    /// What of components cannot be made again.
    pub kept: Vec<Kept>,
    /// In that same order.
    pub components: Vec<EnabledComponent>,
    pub images: Vec<ImageUse>,
    /// Objects that `patch` blocks changed, with the addresses of these in the order in which they did.
    pub patched: BTreeMap<ObjectId, Vec<Address>>,
    /// Where it is kept who may log in; `None` where no component does.
    pub login: Option<Login>,
    /// The Service that people come through; `None` where no component has one.
    pub gateway: Option<ObjectId>,
    /// Every text under a value that is secret in a component.
    pub hidden: Vec<Secret>,
    /// Generated values the objects still lack.
    pub(super) secrets: Vec<NeededSecret>,
    /// Password hashes and user ids the objects still lack.
    pub(super) credentials: Vec<NeededCredential>,
    /// Secrets of the configuration that the objects still lack, by what stands for them.
    pub(super) given: BTreeMap<String, Secret>,
    /// Passwords whose hashes the filled objects still lack.
    pub unhashed: Vec<Unhashed>,
    /// The others, with the hashes that are kept.
    pub fitting: Vec<Fit>,
    /// Secrets whose generated values are made anew.
    pub(super) renewed: BTreeSet<ObjectId>,
}

impl Rendered {
    /// The objects whose live state [`Self::fill`] wants to see: those that keep generated values and people, and
    /// the data that depend on such a value.
    pub fn reads(&self) -> Vec<ObjectId> {
        let mut ids = self.keepers();
        ids.extend(self.secrets.iter().filter_map(|needed| needed.data.clone()));
        ids.sort();
        ids.dedup();
        ids
    }

    /// The objects that keep generated values and people: what cannot be made again.
    pub fn keepers(&self) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = self.secrets.iter().map(NeededSecret::kept_in).collect();
        ids.extend(self.credentials.iter().filter_map(|needed| needed.kept_in.clone()));
        if let Some(login) = &self.login {
            ids.push(login.passwords.clone());
            ids.push(login.configuration.clone());
        }
        ids.sort();
        ids.dedup();
        ids
    }
}
