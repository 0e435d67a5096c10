//! The passwords and hashes of a run: filled in from the cluster where it has them, and not tried again where they were
//! seen to fit.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use super::Failure;
use super::planning::Planned;
use super::session;
use super::writing::write_private;
use crate::apply::Event;
use crate::apply::Events;
use crate::apply::Interrupt;
use crate::catalog;
use crate::catalog::Hashes;
use crate::catalog::Rendered;
use crate::catalog::VerifiedPasswords;
use crate::object::Object;
use crate::plan::Plan;
use crate::provider::regular;
use crate::provider::regular::LONGEST_TEXT;

const CANNOT: &str = "Cannot prepare the platform's secrets";
/// So many passwords are hashed between two looks at whether the run was interrupted: a second or two.
const AT_ONCE: usize = 16;
/// Who waits for many hashes hears of them so often.
const BETWEEN_TELLINGS: Duration = Duration::from_secs(2);

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
        rendered.fill(live, &mut verified).map_err(|error| Failure::world(CANNOT, error))
    }

    /// Makes the hashes that a plan only has stand-ins for, as far as it sends them. Somebody is told how many are made,
    /// as it may take minutes.
    ///
    /// # Errors
    /// A password cannot be hashed, or the run was interrupted: nothing was sent.
    pub async fn hash(
        root: &Path,
        planned: &Planned,
        events: &Events,
        interrupt: &Interrupt,
    ) -> Result<Arc<Plan>, Failure> {
        let sent = planned.plan.changes.iter().filter_map(|change| change.after.as_deref());
        let needed = catalog::unhashed_in(&planned.unhashed, sent);
        if needed.is_empty() {
            return Ok(planned.plan.clone());
        }
        let mut hashes = Hashes::default();
        let mut told = Instant::now();
        for (done, part) in needed.chunks(AT_ONCE).enumerate() {
            if interrupt.is_interrupted() {
                return Err(Failure::Interrupted);
            }
            let part = part.to_vec();
            let work = move || hashes.make(&part).map(|()| hashes);
            let made = tokio::task::spawn_blocking(work).await.map_err(|error| Failure::world(CANNOT, error))?;
            hashes = made.map_err(|error| Failure::world(CANNOT, error))?;
            if told.elapsed() > BETWEEN_TELLINGS {
                told = Instant::now();
                events.tell(Event::Hashing { done: done * AT_ONCE, all: needed.len() });
            }
        }
        let passwords = Self::read(root);
        let kept =
            passwords.verified.lock().unwrap_or_else(PoisonError::into_inner).keep_more(&planned.fitting, &hashes.made);
        kept.map_err(|error| Failure::world(CANNOT, error))?;
        passwords.write(root);
        let mut plan = (*planned.plan).clone();
        for after in plan.changes.iter_mut().filter_map(|change| change.after.as_mut()) {
            if hashes.are_for(after) {
                hashes.fill(Arc::make_mut(after));
            }
        }
        Ok(Arc::new(plan))
    }

    /// Only a cache: without it the next plan takes longer.
    pub fn write(&self, root: &Path) {
        let text = self.verified.lock().unwrap_or_else(PoisonError::into_inner).to_text();
        if text != self.known {
            let _ = session::local_directory(root).and_then(|_| write_private(&Self::cache(root), &text));
        }
    }
}
