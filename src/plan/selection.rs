//! Which objects a plan is about: targets with what they need, without what is excluded.

use std::collections::BTreeSet;

use super::Desired;
use super::Mode;
use super::Observation;
use super::PlanOptions;
use super::Problem;
use super::needs::Needs;
use crate::diag::nearest;
use crate::object::Address;
use crate::object::ObjectId;

/// The selected objects.
pub struct Selection<'o> {
    /// By index into `Desired::objects`; `None` selects all.
    desired: Option<Vec<bool>>,
    options: &'o PlanOptions,
}

impl<'o> Selection<'o> {
    /// Follows the addresses of `options`; those that name nothing go to `unnamed`.
    pub fn new(
        desired: &Desired,
        observation: &Observation,
        options: &'o PlanOptions,
        unnamed: &mut Vec<Problem>,
    ) -> Self {
        let PlanOptions { targets, excludes, replace, .. } = options;
        for (option, addresses) in [("--target", targets), ("--exclude", excludes), ("--replace", replace)] {
            for address in addresses {
                unnamed.extend(nothing_named(option, address, desired, observation));
            }
        }
        if targets.is_empty() && excludes.is_empty() {
            return Self { desired: None, options };
        }
        let needs = Needs::new(desired, observation);
        let ids: Vec<ObjectId> = desired.objects.iter().map(|d| d.object.id()).collect();
        let covered = |addresses: &[Address]| -> Vec<bool> {
            let objects = desired.objects.iter().zip(&ids);
            objects.map(|(d, id)| addresses.iter().any(|address| address.covers(&d.owner, id))).collect()
        };
        let direct: Vec<Vec<usize>> = (0..ids.len()).map(|index| needs.all_objects(index)).collect();
        let mut selected = match targets.is_empty() {
            true => vec![true; ids.len()],
            false if options.mode == Mode::Adopt => covered(targets),
            false => spread(covered(targets), &direct),
        };
        let mut dependents = vec![Vec::new(); ids.len()];
        for (index, needed) in direct.iter().enumerate() {
            needed.iter().for_each(|needed| dependents[*needed].push(index));
        }
        let excluded = spread(covered(excludes), &dependents);
        selected.iter_mut().zip(excluded).for_each(|(selected, excluded)| *selected &= !excluded);
        Self { desired: Some(selected), options }
    }

    /// Whether the object at this index of `Desired::objects` is selected.
    pub fn has_desired(&self, index: usize) -> bool {
        self.desired.as_ref().is_none_or(|selected| selected[index])
    }

    /// Whether an object of the inventory is selected.
    pub fn has_record(&self, id: &ObjectId, owner: &Address) -> bool {
        let named = |addresses: &[Address]| addresses.iter().any(|address| address.covers(owner, id));
        (self.options.targets.is_empty() || named(&self.options.targets)) && !named(&self.options.excludes)
    }
}

/// The problem of an address that names no object, desired or recorded: most likely it is misspelt.
fn nothing_named(option: &str, address: &Address, desired: &Desired, observation: &Observation) -> Option<Problem> {
    let owned = desired.objects.iter().any(|wanted| address.covers(&wanted.owner, &wanted.object.id()));
    let recorded = || observation.records.iter().any(|(id, record)| address.covers(&record.owner, id));
    if owned || recorded() {
        return None;
    }
    let text = address.to_string();
    let owners = desired.objects.iter().map(|wanted| &wanted.owner);
    let owners: BTreeSet<&Address> = owners.chain(observation.records.values().map(|record| &record.owner)).collect();
    let owners: Vec<String> = owners.into_iter().map(Address::to_string).collect();
    let near = nearest(&text, owners.iter().map(String::as_str)).map(|near| format!("Did you mean {near}?"));
    let all = || (owners.len() <= 12).then(|| format!("The addresses are {}.", owners.join(", ")));
    Some(Problem {
        id: None,
        owner: None,
        summary: "Unknown address".into(),
        detail: format!("{option}: no object in the configuration or the inventory belongs to {text}."),
        help: near.or_else(all),
    })
}

/// All that is reached from the marked ones.
fn spread(mut marked: Vec<bool>, next: &[Vec<usize>]) -> Vec<bool> {
    let mut open: Vec<usize> = (0..marked.len()).filter(|index| marked[*index]).collect();
    while let Some(index) = open.pop() {
        for &reached in &next[index] {
            if !std::mem::replace(&mut marked[reached], true) {
                open.push(reached);
            }
        }
    }
    marked
}
