//! What goes into a run and what comes out of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Account;
use super::Failure;
use crate::object::Address;
use crate::object::ObjectId;
use crate::state::Lost;
use crate::state::RevisionResult;
use crate::state::Standing;

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Changes made at once.
    pub parallelism: usize,
    /// How long one gate may take, and how long one request may be tried again.
    pub wait_timeout: Duration,
    /// How to record the run in the history; `None` records nothing.
    pub record: Option<Account>,
    /// Owners to wait for although nothing of them changes: a run before this one made them and did not wait to the end.
    pub resumed: BTreeSet<Address>,
    /// Objects that the plan leaves as they are and that were seen to serve when it was made, a moment ago: gates need not
    /// look at them again.
    pub serving: BTreeSet<ObjectId>,
    /// Where the platforms stand once all is done and serves; `None` changes nothing of what is recorded.
    pub settled: Option<BTreeMap<Address, Standing>>,
    /// Tells when the lock is lost (`Lock::lost`): the run stops at once and writes nothing more.
    pub lock_lost: Lost,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            // Enough to hide the latency of a local API server, and far below the server's own limits.
            parallelism: 16,
            wait_timeout: Duration::from_secs(15 * 60),
            record: None,
            resumed: BTreeSet::new(),
            serving: BTreeSet::new(),
            settled: None,
            lock_lost: Lost::default(),
        }
    }
}

/// Ctrl-C, once and twice. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    pub(super) soft: CancellationToken,
    pub(super) hard: CancellationToken,
}

impl Interrupt {
    pub fn new() -> Self {
        Self::default()
    }

    /// To be called for every Ctrl-C: the first ends the run after the requests in flight, the second at once.
    pub fn interrupt(&self) {
        if self.soft.is_cancelled() {
            self.hard.cancel();
        }
        self.soft.cancel();
    }

    pub fn is_interrupted(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Waits for the first interrupt.
    pub async fn interrupted(&self) {
        self.soft.cancelled().await;
    }
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub created: usize,
    pub updated: usize,
    pub replaced: usize,
    pub adopted: usize,
    pub deleted: usize,
    pub forgotten: usize,
    pub skipped: usize,
    pub failures: Vec<Failure>,
    /// What the steps of hops leave for a person to do.
    pub left: Vec<String>,
    pub interrupted: bool,
    /// The records could not be written at the end; they were written ahead, so the next run finds everything.
    pub unrecorded: Option<String>,
    /// Number of the run in the history, where it was recorded.
    pub revision: Option<u64>,
    pub took: Duration,
}

impl Outcome {
    /// Everything was done and serves.
    pub fn is_success(&self) -> bool {
        self.failures.is_empty() && self.skipped == 0 && !self.interrupted && self.unrecorded.is_none()
    }

    /// How many things failed: an object that several waits are about is one.
    pub fn causes(&self) -> usize {
        let causes = self.failures.iter().map(|failure| (&failure.owner, &failure.about, &failure.reason));
        causes.collect::<BTreeSet<_>>().len()
    }

    /// How many objects were changed.
    pub fn changed(&self) -> usize {
        self.created + self.updated + self.replaced + self.adopted + self.deleted + self.forgotten
    }

    /// Takes what another run has done into this one.
    pub fn add(&mut self, other: Outcome) {
        self.created += other.created;
        self.updated += other.updated;
        self.replaced += other.replaced;
        self.adopted += other.adopted;
        self.deleted += other.deleted;
        self.forgotten += other.forgotten;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
        self.left.extend(other.left);
        self.interrupted |= other.interrupted;
        self.unrecorded = other.unrecorded.or(self.unrecorded.take());
        self.revision = other.revision.or(self.revision);
        self.took += other.took;
    }

    /// As the history says it.
    pub fn result(&self) -> RevisionResult {
        if !self.failures.is_empty() {
            RevisionResult::Failed
        } else if self.interrupted {
            RevisionResult::Interrupted
        } else {
            RevisionResult::Done
        }
    }

    /// What was done, by word, for the history.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let counts = [
            ("created", self.created),
            ("updated", self.updated),
            ("replaced", self.replaced),
            ("adopted", self.adopted),
            ("deleted", self.deleted),
            ("forgotten", self.forgotten),
            ("skipped", self.skipped),
            ("failed", self.failures.len()),
        ];
        counts.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| (key.to_owned(), n as u64)).collect()
    }
}
