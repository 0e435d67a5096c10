//! Compares the inventory with what was found, both ways, and mends what can be mended. Pure.

use std::collections::BTreeMap;
use std::fmt;

use super::EntryState;
use super::Inventory;
use crate::object::Address;
use crate::object::Object;
use crate::object::ObjectId;
use crate::provider::kubernetes::FIELD_MANAGER;

/// One way in which inventory and cluster disagree.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// It is recorded, but not there.
    Missing { id: ObjectId, state: EntryState },
    /// It is there and ours by label and field manager, but not recorded.
    Unrecorded { id: ObjectId },
    /// It is recorded, but carries another installation's label or none.
    Label { id: ObjectId, found: Option<String> },
    /// It was deleted and made again by somebody else.
    Another { id: ObjectId, recorded: String, found: String },
    /// A run began to delete it and was stopped.
    StillThere { id: ObjectId },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Missing { id, state: EntryState::Planned } => {
                write!(f, "{id} was about to be made and is not there")
            }
            Difference::Missing { id, .. } => write!(f, "{id} is recorded and is not there"),
            Difference::Unrecorded { id } => write!(f, "{id} carries our label and is not recorded"),
            Difference::Label { id, found: Some(found) } => {
                write!(f, "{id} is recorded and carries the label of installation \"{found}\"")
            }
            Difference::Label { id, found: None } => write!(f, "{id} is recorded and has lost our label"),
            Difference::Another { id, recorded, found } => {
                write!(f, "{id} was made again by somebody else (recorded {recorded}, found {found})")
            }
            Difference::StillThere { id } => write!(f, "{id} was about to be deleted and is still there"),
        }
    }
}

/// All differences, in the order of the objects. `live` holds everything recorded and everything with our label;
/// `label` is the key of the ownership label, `installation` its value.
pub fn verify(
    inventory: &Inventory,
    live: &BTreeMap<ObjectId, Object>,
    label: &str,
    installation: &str,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for (id, entry) in &inventory.entries {
        let id = id.clone();
        let Some(object) = live.get(&id) else {
            found.push(Difference::Missing { id, state: entry.state });
            continue;
        };
        if !entry.uid.is_empty() && object.uid() != entry.uid {
            let (recorded, now) = (entry.uid.clone(), object.uid().to_owned());
            found.push(Difference::Another { id, recorded, found: now });
        } else if object.label(label) != Some(installation) {
            found.push(Difference::Label { id, found: object.label(label).map(str::to_owned) });
        } else if entry.state == EntryState::Deleting {
            found.push(Difference::StillThere { id });
        }
    }
    let ours = live.iter().filter(|(id, object)| {
        !inventory.entries.contains_key(*id) && object.label(label) == Some(installation) && is_made_by_us(object)
    });
    found.extend(ours.map(|(id, _)| Difference::Unrecorded { id: id.clone() }));
    found
}

impl Inventory {
    /// Mends the inventory with what was found, after a run was killed or a record lost: fills in UIDs of objects that
    /// were about to be made and are there, and takes in objects that are ours by label and field manager. Drops
    /// nothing. Gives whether anything changed.
    ///
    /// A label alone proves nothing: controllers copy labels to the objects they make. `owner` tells whose an object is
    /// that no record knows.
    pub fn mend(
        &mut self,
        live: &BTreeMap<ObjectId, Object>,
        label: &str,
        installation: &str,
        owner: impl Fn(&ObjectId) -> Address,
    ) -> bool {
        let mut changed = false;
        for (id, object) in live {
            if object.label(label) != Some(installation) || !is_made_by_us(object) {
                continue;
            }
            match self.entries.get_mut(id) {
                // Written ahead, and the run ended before it wrote what it made.
                Some(entry)
                    if entry.uid.is_empty() || entry.state == EntryState::Planned && entry.uid != object.uid() =>
                {
                    entry.uid = object.uid().to_owned();
                    changed = true;
                }
                Some(_) => {}
                None => {
                    changed |= self.applied(id.clone(), object.api_version(), object.uid(), &owner(id));
                }
            }
        }
        changed
    }

    /// Drops what is proven gone: recorded, looked for, and not found. Gives whether anything changed.
    pub fn drop_missing(&mut self, live: &BTreeMap<ObjectId, Object>) -> bool {
        let before = self.entries.len();
        self.entries.retain(|id, _| live.contains_key(id));
        self.entries.len() != before
    }
}

fn is_made_by_us(object: &Object) -> bool {
    let entries = object.get("/metadata/managedFields").and_then(serde_json::Value::as_array);
    entries.into_iter().flatten().any(|entry| {
        entry.get("manager").and_then(|m| m.as_str()) == Some(FIELD_MANAGER)
            && entry.get("operation").and_then(|o| o.as_str()) == Some("Apply")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Entry;
    use super::*;

    fn object(name: &str, uid: &str, label: &str, manager: &str) -> Object {
        Object::from_value(json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": "n", "uid": uid, "labels": {"l": label},
                "managedFields": [{"manager": manager, "operation": "Apply"}]},
        }))
        .unwrap()
    }

    #[test]
    fn differences_both_ways() {
        let entry = |uid: &str, state| Entry { uid: uid.into(), state, ..Entry::default() };
        let id = |name: &str| ObjectId::new("", "Secret", "n", name);
        let mut inventory = Inventory::default();
        inventory.entries.insert(id("a-fine"), entry("1", EntryState::Applied));
        inventory.entries.insert(id("b-missing"), entry("", EntryState::Planned));
        inventory.entries.insert(id("c-another"), entry("3", EntryState::Applied));
        inventory.entries.insert(id("d-stolen"), entry("4", EntryState::Applied));
        inventory.entries.insert(id("e-there"), entry("5", EntryState::Deleting));
        inventory.entries.insert(id("f-made"), entry("", EntryState::Planned));
        let live: BTreeMap<ObjectId, Object> = [
            object("a-fine", "1", "me", FIELD_MANAGER),
            object("c-another", "33", "me", FIELD_MANAGER),
            object("d-stolen", "4", "you", FIELD_MANAGER),
            object("e-there", "5", "me", FIELD_MANAGER),
            object("f-made", "6", "me", FIELD_MANAGER),
            object("g-lost", "7", "me", FIELD_MANAGER),
            object("h-copy", "8", "me", "endpointslice-controller"),
        ]
        .into_iter()
        .map(|o| (o.id(), o))
        .collect();
        let found: Vec<String> = verify(&inventory, &live, "l", "me").iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "Secret n/b-missing was about to be made and is not there",
                "Secret n/c-another was made again by somebody else (recorded 3, found 33)",
                "Secret n/d-stolen is recorded and carries the label of installation \"you\"",
                "Secret n/e-there was about to be deleted and is still there",
                "Secret n/g-lost carries our label and is not recorded",
            ]
        );
        let owner = |id: &ObjectId| Address::resource("user", &id.name);
        assert!(inventory.mend(&live, "l", "me", owner));
        assert_eq!(inventory.entries[&id("f-made")].uid, "6");
        assert_eq!(inventory.entries[&id("g-lost")].owner.to_string(), "user.g-lost");
        assert_eq!(inventory.entries[&id("g-lost")].uid, "7");
        assert!(!inventory.entries.contains_key(&id("h-copy")));
        assert!(!inventory.mend(&live, "l", "me", owner), "once is enough");
        assert!(inventory.drop_missing(&live));
        assert!(!inventory.entries.contains_key(&id("b-missing")));
    }
}
