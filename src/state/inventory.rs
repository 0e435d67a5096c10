//! The inventory as a value: every object we own, or are about to make, or are about to delete. Pure.

use std::collections::BTreeMap;

use super::Standing;
use crate::object::Address;
use crate::object::ObjectId;
use crate::plan::Record;

/// How far an object's change has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntryState {
    /// Written ahead: it may or may not be there.
    #[default]
    Planned,
    Applied,
    /// A deletion was begun: it may or may not be gone.
    Deleting,
}

/// One object of ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// `apps/v1`: the version it was last written in.
    pub api_version: String,
    /// Empty until it was seen.
    pub uid: String,
    /// Address of what asked for it.
    pub owner: Address,
    pub state: EntryState,
}

/// All objects of an installation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    pub entries: BTreeMap<ObjectId, Entry>,
    /// Where each platform stands, by its address; empty where an earlier program wrote last.
    pub standings: BTreeMap<Address, Standing>,
    /// Counts the writes; 0 where nothing was ever written.
    pub revision: u64,
    /// Number of the lock under which it was last written; an older one may not write any more.
    pub fence: u64,
}

impl Inventory {
    /// As the plan takes it.
    pub fn records(&self) -> BTreeMap<ObjectId, Record> {
        let record = |entry: &Entry| Record {
            uid: entry.uid.clone(),
            api_version: entry.api_version.clone(),
            owner: entry.owner.clone(),
            moved_from: None,
        };
        self.entries.iter().map(|(id, entry)| (id.clone(), record(entry))).collect()
    }

    /// Whether a run ended before it could write down what it did: something is still about to be made or deleted.
    pub fn is_unsettled(&self) -> bool {
        self.entries.values().any(|entry| entry.state != EntryState::Applied || entry.uid.is_empty())
    }

    /// Notes that an object is about to be made or changed. Gives whether that is news that must be written first:
    /// an object we already own needs no writing ahead.
    pub fn plan(&mut self, id: ObjectId, api_version: &str, owner: &Address) -> bool {
        match self.entries.get_mut(&id) {
            Some(entry) => {
                let resurrected = entry.state == EntryState::Deleting;
                if resurrected {
                    entry.state = EntryState::Planned;
                }
                entry.api_version = api_version.to_owned();
                resurrected
            }
            None => {
                let entry = Entry { api_version: api_version.into(), owner: owner.clone(), ..Entry::default() };
                self.entries.insert(id, entry);
                true
            }
        }
    }

    /// Notes that an object is about to be made that is not there, or not there any more: what was recorded of one of
    /// its name will not hold.
    pub fn make(&mut self, id: ObjectId, api_version: &str, owner: &Address) -> bool {
        let news = self.plan(id.clone(), api_version, owner);
        let Some(entry) = self.entries.get_mut(&id) else { return news };
        let before = std::mem::replace(&mut entry.state, EntryState::Planned);
        news || before != EntryState::Planned
    }

    /// Notes that an object is there as we want it.
    pub fn applied(&mut self, id: ObjectId, api_version: &str, uid: &str, owner: &Address) -> bool {
        let entry = Entry {
            api_version: api_version.into(),
            uid: uid.into(),
            owner: owner.clone(),
            state: EntryState::Applied,
        };
        self.entries.insert(id, entry.clone()).as_ref() != Some(&entry)
    }

    /// Notes that an object is about to be deleted.
    pub fn deleting(&mut self, id: &ObjectId) -> bool {
        let Some(entry) = self.entries.get_mut(id) else { return false };
        let news = entry.state != EntryState::Deleting;
        entry.state = EntryState::Deleting;
        news
    }

    /// Notes that an object we did not make is about to be deleted, because it goes with what is ours: a killed run must
    /// find it again.
    pub fn sweeping(&mut self, id: ObjectId, api_version: &str, uid: &str, owner: &Address) -> bool {
        let state = EntryState::Deleting;
        let entry = Entry { api_version: api_version.into(), uid: uid.into(), owner: owner.clone(), state };
        self.entries.insert(id, entry.clone()).as_ref() != Some(&entry)
    }

    /// Lets go of an object that is proven gone, or that is given away.
    pub fn gone(&mut self, id: &ObjectId) -> bool {
        self.entries.remove(id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_written_ahead() {
        let mut inventory = Inventory::default();
        let id = ObjectId::new("", "Secret", "n", "x");
        let owner = Address::resource("user", "a");
        assert!(inventory.plan(id.clone(), "v1", &owner), "a new object");
        assert!(!inventory.plan(id.clone(), "v1", &owner), "known already");
        assert!(inventory.applied(id.clone(), "v1", "u", &owner));
        assert!(!inventory.applied(id.clone(), "v1", "u", &owner), "nothing new");
        assert!(!inventory.plan(id.clone(), "v1", &owner), "ours already");
        assert_eq!(inventory.entries[&id].uid, "u", "planning forgets no uid");
        assert!(inventory.make(id.clone(), "v1", &owner), "made again, with another uid");
        assert!(!inventory.make(id.clone(), "v1", &owner), "known already");
        assert!(inventory.applied(id.clone(), "v1", "u", &owner));
        assert!(inventory.deleting(&id));
        assert!(!inventory.deleting(&id));
        assert!(inventory.plan(id.clone(), "v1", &owner), "wanted again after a deletion was begun");
        assert!(inventory.gone(&id));
        assert!(!inventory.gone(&id));
        assert!(!inventory.deleting(&id), "unknown");
    }
}
