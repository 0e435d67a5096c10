//! Tells whether a saved plan still fits the world: a digest of everything it was made from. Holds no secret.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

use super::Change;
use super::Plan;
use crate::object::CHECKSUM_ANNOTATION;
use crate::object::Secrets;
use crate::object::mask_object;
use crate::object::normalize;

/// What a plan was made from. Two plans with the same fingerprint do the same to the same objects.
///
/// What is secret does not count, of Secrets only the keys: a digest of a short password would give it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fingerprint {
    /// Revision of the inventory.
    pub revision: u64,
    /// As `PlanOptions::configuration_digest`.
    pub configuration: String,
    /// By object, the digest of its change alone: tells which one differs.
    #[serde(default)]
    pub objects: BTreeMap<String, String>,
    /// SHA-256 over every change that is no no-op: action, object, the live resourceVersion and UID, and what is sent.
    pub changes: String,
}

impl Fingerprint {
    /// Why a plan with this fingerprint no longer fits, given the one of a fresh plan; `None` where it fits.
    pub fn stale_because(&self, fresh: &Fingerprint) -> Option<String> {
        if self.configuration != fresh.configuration {
            Some("the configuration changed since the plan was made".to_owned())
        } else if self.revision != fresh.revision {
            Some("another apply ran since the plan was made".to_owned())
        } else if self.changes != fresh.changes {
            Some(self.changed_objects(fresh))
        } else {
            None
        }
    }

    /// Names the objects that changed, the first few.
    fn changed_objects(&self, fresh: &Fingerprint) -> String {
        const SHOWN: usize = 4;
        if self.objects.is_empty() {
            // Saved by a version that did not name them.
            return "objects in the cluster changed since the plan was made".to_owned();
        }
        let names: BTreeSet<&String> = self.objects.keys().chain(fresh.objects.keys()).collect();
        let changed: Vec<&String> =
            names.into_iter().filter(|name| self.objects.get(*name) != fresh.objects.get(*name)).collect();
        let shown = changed.iter().take(SHOWN).map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        match (changed.len(), changed.len().saturating_sub(SHOWN)) {
            (0, _) => "objects in the cluster changed since the plan was made".to_owned(),
            (_, 0) => format!("{shown} changed since the plan was made"),
            (_, more) => format!("{shown} and {more} more objects changed since the plan was made"),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.revision, self.configuration, self.changes)
    }
}

impl Plan {
    /// The fingerprint of this plan.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = Sha256::new();
        let mut objects = BTreeMap::new();
        for change in self.changes.iter().filter(|change| !change.is_nothing()) {
            digest_change(change, &self.secrets, &mut digest);
            let mut own = Sha256::new();
            digest_change(change, &self.secrets, &mut own);
            // A name may be made of a secret; which object it is then is not told.
            objects.insert(self.secrets.hidden(change.id.to_string()), normalize::hexadecimal(&own.finalize()[..8]));
        }
        Fingerprint {
            revision: self.revision,
            configuration: self.configuration_digest.clone(),
            objects,
            changes: normalize::hexadecimal(&digest.finalize()),
        }
    }
}

fn digest_change(change: &Change, secrets: &Secrets, digest: &mut Sha256) {
    digest.update(format!("{:?}\n{}\n{}\n", change.action, change.id, change.owner));
    if let Some(moved) = &change.moved_from {
        digest.update(format!("moved from {moved}\n"));
    }
    if let Some(precondition) = &change.precondition {
        digest.update(format!("{}\n{}\n", precondition.uid, precondition.resource_version));
    }
    if let Some(after) = &change.after {
        let mut masked = mask_object(after, secrets).into_value();
        // Of a Secret that this plan makes, the values are made anew by the run that applies it.
        if let Some(Value::Object(annotations)) = masked.pointer_mut("/spec/template/metadata/annotations") {
            annotations.remove(CHECKSUM_ANNOTATION);
        }
        normalize::digest_value(&masked, digest);
    }
    digest.update("\n");
}
