//! The inventory while a run writes it: ahead of every change, then from time to time, then at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Inventory;
use super::Lock;
use super::Output;
use super::Revision;
use super::Standing;
use super::StateError;
use super::Store;
use super::store::Records;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::plan::Action;
use crate::plan::Change;

/// Between two writes of what was done. What a killed run did not write is found again: it was written ahead.
const WRITTEN_EVERY: Duration = Duration::from_secs(5);

/// The inventory of a run that holds the lock.
#[derive(Debug)]
pub struct Journal {
    store: Store,
    inventory: Inventory,
    root_version: String,
    fence: u64,
    last: Option<Revision>,
    runs: Vec<(u64, String, String)>,
    outputs: BTreeMap<String, Output>,
    dirty: bool,
    written: Instant,
}

impl Journal {
    /// Reads the inventory under a lock.
    ///
    /// # Errors
    /// `Fenced` where a newer lock has written already. Damaged records of runs and outputs are left out, with a word
    /// in [`Store::warnings`].
    pub async fn open(store: &Store, lock: &Lock) -> Result<Journal, StateError> {
        let Records { inventory, root_version, revisions, runs, outputs } = store.records().await?;
        lock.raise(inventory.fence).await?;
        let (store, fence) = (store.clone(), lock.fence());
        let (dirty, written) = (false, Instant::now());
        let last = revisions.into_iter().next_back();
        Ok(Journal { store, inventory, root_version, fence, last, runs, outputs, dirty, written })
    }

    /// The run before this one, where it was recorded.
    pub fn last(&self) -> Option<&Revision> {
        self.last.as_ref()
    }

    /// The outputs as the run before this one left them.
    pub fn outputs(&self) -> &BTreeMap<String, Output> {
        &self.outputs
    }

    /// Records this run, and gives its number.
    pub async fn record(&self, revision: &Revision) -> Result<u64, StateError> {
        self.store.record_after(&self.runs, revision).await
    }

    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// For merging what was found; what changes is written with the next write.
    pub fn inventory_mut(&mut self) -> &mut Inventory {
        self.dirty = true;
        &mut self.inventory
    }

    /// Writes down what a plan is going to do, before it does any of it. No request where all of it is known.
    pub async fn write_ahead(&mut self, changes: &[Change]) -> Result<(), StateError> {
        let mut news = false;
        for change in changes {
            news |= match change.action {
                Action::NoOp => false,
                Action::Create | Action::Replace => {
                    self.inventory.make(change.id.clone(), &change.gvk.api_version(), &change.owner)
                }
                Action::Update | Action::Adopt => {
                    self.inventory.plan(change.id.clone(), &change.gvk.api_version(), &change.owner)
                }
                Action::Delete if self.inventory.entries.contains_key(&change.id) => {
                    self.inventory.deleting(&change.id)
                }
                Action::Delete => {
                    let uid = change.precondition.as_ref().map(|planned| planned.uid.as_str()).unwrap_or_default();
                    self.inventory.sweeping(change.id.clone(), &change.gvk.api_version(), uid, &change.owner)
                }
                Action::Forget => false,
            };
        }
        if news {
            self.dirty = true;
            self.flush().await?;
        }
        Ok(())
    }

    /// An object is there as wanted.
    pub fn applied(&mut self, stored: &Object, owner: &Address) {
        self.dirty |= self.inventory.applied(stored.id(), stored.api_version(), stored.uid(), owner);
    }

    /// An object is there, unchanged.
    pub fn present(&mut self, change: &Change, uid: &str) {
        let api_version = change.gvk.api_version();
        self.dirty |= self.inventory.applied(change.id.clone(), &api_version, uid, &change.owner);
    }

    /// An object is proven gone, or given away.
    pub fn gone(&mut self, id: &ObjectId) {
        self.dirty |= self.inventory.gone(id);
    }

    /// Notes where the platforms stand.
    pub fn stand(&mut self, standings: &BTreeMap<Address, Standing>) {
        if self.inventory.standings != *standings {
            self.inventory.standings.clone_from(standings);
            self.dirty = true;
        }
    }

    /// Notes where one platform stands.
    pub fn stands(&mut self, platform: &Address, standing: Standing) {
        if self.inventory.standings.get(platform) != Some(&standing) {
            self.inventory.standings.insert(platform.clone(), standing);
            self.dirty = true;
        }
    }

    /// Whether it is time for [`Self::flush`].
    pub fn is_due(&self) -> bool {
        self.dirty && self.written.elapsed() >= WRITTEN_EVERY
    }

    /// Writes what changed since the last write; no request where nothing did.
    pub async fn flush(&mut self) -> Result<(), StateError> {
        if !self.dirty {
            return Ok(());
        }
        self.inventory.fence = self.fence;
        self.root_version = self.store.write(&mut self.inventory, &self.root_version).await?;
        self.dirty = false;
        self.written = Instant::now();
        Ok(())
    }
}
