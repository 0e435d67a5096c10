//! The changes of a plan by who asked for them, as every view of a plan tells them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::plan_text::verb;
use crate::object::Address;
use crate::plan::Action;
use crate::plan::Change;
use crate::plan::Plan;

/// What happens to the objects of one resource or component.
pub struct Owner<'a> {
    pub address: &'a Address,
    /// At least one; none of them is nothing.
    pub changes: Vec<&'a Change>,
    /// So many of its objects stay as they are.
    pub unchanged: usize,
}

/// Those of whose objects some change, in the order of their addresses.
pub fn owners(plan: &Plan) -> Vec<Owner<'_>> {
    let mut owners: BTreeMap<&Address, Vec<&Change>> = BTreeMap::new();
    let mut unchanged: BTreeMap<&Address, usize> = BTreeMap::new();
    for change in &plan.changes {
        match change.is_nothing() {
            true => *unchanged.entry(&change.owner).or_default() += 1,
            false => owners.entry(&change.owner).or_default().push(change),
        }
    }
    let owner =
        |(address, changes)| Owner { address, changes, unchanged: unchanged.get(address).copied().unwrap_or_default() };
    owners.into_iter().map(owner).collect()
}

impl Owner<'_> {
    /// Whether it is a part of a platform; else it is a resource.
    pub fn is_component(&self) -> bool {
        self.address.component().is_some()
    }

    /// What happens to it as a whole.
    pub fn action(&self) -> Action {
        let first = self.changes.first().map_or(Action::NoOp, |change| change.action);
        let same = self.unchanged == 0 && self.changes.iter().all(|change| change.action == first);
        if same { first } else { Action::Update }
    }

    /// `2 to add, 1 to change, 3 unchanged`
    pub fn counts(&self) -> String {
        let mut counts: BTreeMap<Action, usize> = BTreeMap::new();
        for change in &self.changes {
            *counts.entry(change.action).or_default() += 1;
        }
        let mut parts: Vec<String> = counts
            .iter()
            .filter(|(action, _)| **action != Action::NoOp)
            .map(|(action, number)| format!("{number} to {}", verb(*action)))
            .collect();
        let from: BTreeSet<&Address> = self.changes.iter().filter_map(|change| change.moved_from.as_ref()).collect();
        if !from.is_empty() {
            let from: Vec<String> = from.into_iter().map(Address::to_string).collect();
            parts.insert(0, format!("moved from {}", from.join(", ")));
        }
        if self.unchanged > 0 {
            parts.push(format!("{} unchanged", self.unchanged));
        }
        parts.join(", ")
    }
}
