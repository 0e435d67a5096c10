//! New names of what is recorded under another one: `moved` blocks, and components that a release names otherwise.

use std::collections::BTreeMap;

use super::Record;
use crate::object::Address;
use crate::object::ObjectId;

/// Gives records the names of today, and notes the former ones. Moves follow one another: what moved from a to b and from
/// b to c is c.
pub fn follow(records: &mut BTreeMap<ObjectId, Record>, moves: &[(Address, Address)]) {
    if moves.is_empty() {
        return;
    }
    // Hundreds of objects have one owner.
    let mut known: BTreeMap<Address, Option<Address>> = BTreeMap::new();
    for record in records.values_mut() {
        let now = known.entry(record.owner.clone()).or_insert_with_key(|recorded| name_now(recorded, moves));
        if let Some(now) = now {
            record.moved_from = Some(std::mem::replace(&mut record.owner, now.clone()));
        }
    }
}

/// Gives records of components that a release names otherwise, or has split, the names of those that want their objects
/// now. What nobody wants any more keeps its name, and goes under it.
///
/// # Arguments
///
/// * `wanted`: the desired objects with their owners.
/// * `was`: components with the addresses their objects were recorded under in earlier releases.
pub fn follow_renamed<'a>(
    records: &mut BTreeMap<ObjectId, Record>,
    wanted: impl Iterator<Item = (ObjectId, &'a Address)>,
    was: &BTreeMap<Address, Vec<Address>>,
) {
    if was.is_empty() {
        return;
    }
    for (id, owner) in wanted {
        let Some(record) = records.get_mut(&id) else { continue };
        if was.get(owner).is_some_and(|former| former.contains(&record.owner)) {
            record.moved_from = Some(std::mem::replace(&mut record.owner, owner.clone()));
        }
    }
}

/// The name of today; `None` where it did not change.
fn name_now(recorded: &Address, moves: &[(Address, Address)]) -> Option<Address> {
    let mut now = recorded.clone();
    // As many steps as there are moves: a circle ends.
    for _ in 0..moves.len() {
        let Some(next) = moves.iter().find_map(|(from, to)| now.moved(from, to)) else { break };
        now = next;
    }
    (now != *recorded).then_some(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_chains_and_survive_circles() {
        let check = |moves: &[(&str, &str)], recorded: &str, expected: &str| {
            let moves: Vec<(Address, Address)> =
                moves.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect();
            let id = ObjectId::new("", "Secret", "n", "x");
            let mut records = BTreeMap::from([(id.clone(), Record { owner: recorded.into(), ..Record::default() })]);
            follow(&mut records, &moves);
            assert_eq!(records[&id].owner, expected);
            let former = (recorded != expected).then(|| Address::from(recorded));
            assert_eq!(records[&id].moved_from, former, "{moves:?}");
        };
        check(&[], "user.a", "user.a");
        check(&[("user.a", "user.b")], "user.a", "user.b");
        check(&[("user.a", "user.b")], "user.c", "user.c");
        check(&[("user.b", "user.c"), ("user.a", "user.b")], "user.a", "user.c");
        check(&[("platform.a", "module.m.platform.a")], "platform.a.dex", "module.m.platform.a.dex");
        check(&[("user.a", "user.b"), ("user.b", "user.a")], "user.a", "user.a");
    }

    #[test]
    fn a_split_component_gives_each_object_to_who_wants_it() {
        let id = |name: &str| ObjectId::new("", "Secret", "n", name);
        let record = || Record { owner: "platform.ml.old".into(), ..Record::default() };
        let mut records = BTreeMap::from([(id("a"), record()), (id("b"), record()), (id("gone"), record())]);
        let (one, two): (Address, Address) = ("platform.ml.one".into(), "platform.ml.two".into());
        let was = BTreeMap::from([(one.clone(), vec!["platform.ml.old".into()])]);
        follow_renamed(&mut records, [(id("a"), &one), (id("b"), &two), (id("new"), &one)].into_iter(), &was);
        let found: Vec<_> = records.values().map(|r| (r.owner.to_string(), r.moved_from.is_some())).collect();
        let of = |owner: &str, moved: bool| (owner.to_owned(), moved);
        assert_eq!(found, [of("platform.ml.one", true), of("platform.ml.old", false), of("platform.ml.old", false)]);
    }
}
