//! Owners as they are told: each by itself, but for many of one kind, which would hide the others.

use std::collections::BTreeMap;

use crate::cli::view::owners::Owner;

/// More instances of one block are told together.
const MANY: usize = 10;
/// Where there is more to tell than this, so are resources of one kind.
const MOST_GROUPS: usize = 500;

/// Owners that are told together; mostly one.
pub struct Group<'a> {
    /// `user.alice`, `storage_class.team[…]`, `user.…`
    pub name: String,
    pub owners: Vec<Owner<'a>>,
    /// All of them as one.
    pub first: Owner<'a>,
}

impl<'a> Group<'a> {
    fn new(name: String, owners: Vec<Owner<'a>>) -> Option<Self> {
        let address = owners.first()?.address;
        let changes = owners.iter().flat_map(|owner| owner.changes.iter().copied()).collect();
        let unchanged = owners.iter().map(|owner| owner.unchanged).sum();
        Some(Self { name, owners, first: Owner { address, changes, unchanged } })
    }
}

/// The owners, where the first of each group stands.
pub fn groups(owners: Vec<Owner<'_>>) -> Vec<Group<'_>> {
    let instances = |owner: &Owner| Some(format!("{}[…]", owner.address.without_keys())).filter(|_| has_keys(owner));
    let parted = parted(owners, instances);
    let blocks = |owner: &Owner| Some(format!("{}.…", owner.address.kind())).filter(|_| !owner.is_component());
    let parted = match parted.len() > MOST_GROUPS {
        false => parted,
        true => {
            let (single, several): (Vec<_>, Vec<_>) = parted.into_iter().partition(|(_, owners)| owners.len() == 1);
            let single = single.into_iter().flat_map(|(_, owners)| owners).collect();
            several.into_iter().chain(self::parted(single, blocks)).collect()
        }
    };
    parted.into_iter().filter_map(|(name, owners)| Group::new(name, owners)).collect()
}

fn has_keys(owner: &Owner) -> bool {
    owner.address.without_keys() != *owner.address
}

/// Owners that share a name together, where many do; else each under its own.
fn parted<'a>(owners: Vec<Owner<'a>>, shared: impl Fn(&Owner) -> Option<String>) -> Vec<(String, Vec<Owner<'a>>)> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for name in owners.iter().filter_map(&shared) {
        *numbers.entry(name).or_default() += 1;
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut parted: Vec<(String, Vec<Owner<'a>>)> = Vec::new();
    for owner in owners {
        let name = shared(&owner).filter(|name| numbers.get(name).is_some_and(|number| *number > MANY));
        let Some(name) = name else {
            parted.push((owner.address.to_string(), vec![owner]));
            continue;
        };
        match places.get(&name) {
            Some(place) => parted[*place].1.push(owner),
            None => {
                places.insert(name.clone(), parted.len());
                parted.push((name, vec![owner]));
            }
        }
    }
    parted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Address;
    use crate::object::address::address;

    fn told(addresses: &[Address]) -> Vec<(String, usize)> {
        let owner = |address| Owner { address, changes: Vec::new(), unchanged: 1 };
        let groups = groups(addresses.iter().map(owner).collect());
        groups.iter().map(|group| (group.name.clone(), group.first.unchanged)).collect()
    }

    #[test]
    fn many_of_one_kind_are_told_together() {
        let mut all: Vec<Address> = (0..12).map(|n| address(&format!("storage_class.x[\"{n}\"]"))).collect();
        all.extend((0..3).map(|n| address(&format!("storage_class.y[\"{n}\"]"))));
        all.push(address("platform.ml.dex"));
        let expected = [
            ("storage_class.x[…]", 12),
            ("storage_class.y[\"0\"]", 1),
            ("storage_class.y[\"1\"]", 1),
            ("storage_class.y[\"2\"]", 1),
            ("platform.ml.dex", 1),
        ];
        assert_eq!(told(&all), expected.map(|(name, number)| (name.to_owned(), number)));
        all.extend((0..600).map(|n| address(&format!("user.number-{n}"))));
        let told = told(&all);
        assert_eq!(told.len(), 6, "{told:?}");
        assert!(told.contains(&("user.…".to_owned(), 600)), "{told:?}");
    }
}
