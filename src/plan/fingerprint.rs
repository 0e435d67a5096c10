//! Tells whether a saved plan still fits the world: a digest of everything it was made from. Holds no secret.

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
/// Of Secrets only the keys count: a digest of a short password would give it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fingerprint {
    /// Revision of the inventory.
    pub revision: u64,
    /// As `PlanOptions::configuration_digest`.
    pub configuration: String,
    /// SHA-256 over every change that is no no-op: action, object, the live resourceVersion and UID, and what is sent.
    pub changes: String,
}

impl Fingerprint {
    /// Why a plan with this fingerprint no longer fits, given the one of a fresh plan; `None` where it fits.
    pub fn stale_because(&self, fresh: &Fingerprint) -> Option<&'static str> {
        if self.configuration != fresh.configuration {
            Some("the configuration changed since the plan was made")
        } else if self.revision != fresh.revision {
            Some("another apply ran since the plan was made")
        } else if self.changes != fresh.changes {
            Some("objects in the cluster changed since the plan was made")
        } else {
            None
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
        for change in self.changes.iter().filter(|change| !change.is_nothing()) {
            digest_change(change, &mut digest);
        }
        Fingerprint {
            revision: self.revision,
            configuration: self.configuration_digest.clone(),
            changes: normalize::hexadecimal(&digest.finalize()),
        }
    }
}

fn digest_change(change: &Change, digest: &mut Sha256) {
    digest.update(format!("{:?}\n{}\n{}\n", change.action, change.id, change.owner));
    if let Some(moved) = &change.moved_from {
        digest.update(format!("moved from {moved}\n"));
    }
    if let Some(precondition) = &change.precondition {
        digest.update(format!("{}\n{}\n", precondition.uid, precondition.resource_version));
    }
    if let Some(after) = &change.after {
        let mut masked = mask_object(after, &Secrets::default()).into_value();
        // Of a Secret that this plan makes, the values are made anew by the run that applies it.
        if let Some(Value::Object(annotations)) = masked.pointer_mut("/spec/template/metadata/annotations") {
            annotations.remove(CHECKSUM_ANNOTATION);
        }
        normalize::digest_value(&masked, digest);
    }
    digest.update("\n");
}
