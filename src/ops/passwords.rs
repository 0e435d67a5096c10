//! The passwords and hashes of a run: filled in from the cluster where it has them, and not tried again where they were
//! seen to fit.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::Failure;
use super::session;
use super::writing::write_private;
use crate::catalog::Rendered;
use crate::catalog::VerifiedPasswords;
use crate::object::Object;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

/// Passwords and hashes that were seen to fit, for all plans of a run.
pub struct Passwords {
    known: String,
    verified: Mutex<VerifiedPasswords>,
}

impl Passwords {
    pub fn read(root: &Path) -> Self {
        let known = regular::read_text(&Self::cache(root), LONGEST_TEXT).unwrap_or_default();
        let verified = Mutex::new(VerifiedPasswords::from_text(&known));
        Self { known, verified }
    }

    fn cache(root: &Path) -> PathBuf {
        root.join(session::LOCAL).join("verified-passwords")
    }

    /// Fills generated values and password hashes in: from the cluster where it has them, else made once.
    pub fn fill(&self, rendered: &mut Rendered, live: &[Object]) -> Result<(), Failure> {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        rendered
            .fill(live, &mut verified)
            .map_err(|error| Failure::from_error("Cannot prepare the platform's secrets", &error))
    }

    /// Only a cache: without it the next plan takes longer.
    pub fn write(&self, root: &Path) {
        let text = self.verified.lock().unwrap_or_else(PoisonError::into_inner).to_text();
        if text != self.known {
            let _ = session::local_directory(root).and_then(|_| write_private(&Self::cache(root), &text));
        }
    }
}
