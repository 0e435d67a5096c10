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
}
