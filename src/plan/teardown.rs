//! The order in which objects go: the reverse of how they came. Custom resources while their controllers still run,
//! webhooks before their backends, definitions and namespaces last.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use super::Action;
use super::Change;
use super::Desired;
use super::Gate;
use super::Graph;
use super::Step;
use crate::object::Address;
use crate::object::INSTALLATION_LABEL;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::kinds::Class;

/// When something goes; each stage waits until the one before is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// What holds a namespace: its controller empties and deletes that.
    Holders,
    /// Custom resources: their controllers run and take their finalizers off.
    CustomResources,
    /// Webhook configurations and APIServices, while what they call still answers.
    Interceptors,
    Workloads,
    /// Roles, accounts, configuration, claims and the rest.
    Rest,
    /// Definitions and namespaces. A server takes seconds for each, and neither needs the other to be there.
    Grounds,
    /// Whole clusters, after what is in and around them.
    Clusters,
    /// What programs made elsewhere: those that run would make it again.
    Residues,
}

/// Adds the steps of all deletions and forgotten objects. What goes for an owner that also gets something new goes
/// after that serves.
pub fn add_removals(graph: &mut Graph, changes: &[Change], desired: &Desired) {
    let mut stages: BTreeMap<Stage, Vec<usize>> = BTreeMap::new();
    let removals = graph.steps.iter().filter_map(|step| match step {
        Step::Remove(number) => Some(*number),
        _ => None,
    });
    let known: HashSet<usize> = removals.collect();
    for (number, change) in changes.iter().enumerate() {
        match change.action {
            Action::Delete => stages.entry(stage(change, desired)).or_default().push(number),
            // Replaced and let-go desired objects have their steps already.
            Action::Forget if !known.contains(&number) => {
                push(graph, Step::Remove(number), Vec::new());
            }
            _ => {}
        }
    }
    if stages.is_empty() {
        return;
    }
    let recorded: HashSet<&ObjectId> =
        changes.iter().map(|change| &change.id).filter(|id| kinds::class(id) == Class::Namespace).collect();
    let owners = new_owners(graph, changes);
    let mut owner_gates: HashMap<&Address, usize> = HashMap::new();
    let mut barrier: Option<usize> = None;
    for (stage, members) in &stages {
        let mut ends = Vec::with_capacity(members.len());
        let mut last_removal = 0;
        for &number in members {
            let change = &changes[number];
            let mut depends_on: Vec<usize> = barrier.into_iter().collect();
            for owner in successors(&change.owner, &owners) {
                let gate = *owner_gates.entry(owner).or_insert_with(|| owner_gate(graph, owner, &owners[owner]));
                depends_on.push(gate);
            }
            let removal = push(graph, Step::Remove(number), depends_on);
            last_removal = removal;
            ends.push(if is_waited_for(*stage) {
                let gone = push(graph, Step::Wait(Gate::Gone(change.id.clone())), vec![removal]);
                let held = desired.namespace_held_by(&change.id).filter(|_| *stage == Stage::Holders);
                // A namespace that is ours or let go does not go with what holds it: nothing says that it belongs to that.
                match held.filter(|held| !recorded.contains(held)) {
                    Some(namespace) => push(graph, Step::Wait(Gate::Gone(namespace)), vec![gone]),
                    None => gone,
                }
            } else {
                removal
            });
        }
        // One node that stands for the end of the whole stage keeps the graph small: it waits for the last object and
        // depends on all.
        barrier = match (ends.as_slice(), &graph.steps[last_removal]) {
            ([end], _) if is_waited_for(*stage) => Some(*end),
            (_, Step::Remove(number)) => {
                let gone = Step::Wait(Gate::Gone(changes[*number].id.clone()));
                let is_last = stages.keys().next_back() == Some(stage);
                if is_last { None } else { Some(push(graph, gone, ends)) }
            }
            _ => None,
        };
    }
}

fn stage(change: &Change, desired: &Desired) -> Stage {
    // All that comes from the inventory carries our label.
    if change.before.as_ref().is_some_and(|live| live.label(INSTALLATION_LABEL).is_none()) {
        return Stage::Residues;
    }
    match kinds::class(&change.id) {
        Class::Custom if desired.namespace_held_by(&change.id).is_some() => Stage::Holders,
        Class::Custom => Stage::CustomResources,
        Class::Webhook | Class::ApiService => Stage::Interceptors,
        Class::Workload => Stage::Workloads,
        Class::CustomResourceDefinition | Class::Namespace => Stage::Grounds,
        Class::Cluster => Stage::Clusters,
        Class::Volume | Class::Other => match change.id.kind.as_str() {
            // Scalers and budgets would fight for workloads that go.
            "HorizontalPodAutoscaler" | "PodDisruptionBudget" => Stage::Interceptors,
            _ => Stage::Rest,
        },
    }
}

fn is_waited_for(stage: Stage) -> bool {
    matches!(stage, Stage::Holders | Stage::CustomResources | Stage::Grounds | Stage::Clusters)
}

/// Apply and wait steps of every owner that gets something new.
fn new_owners<'a>(graph: &Graph, changes: &'a [Change]) -> HashMap<&'a Address, Vec<usize>> {
    let mut owners: HashMap<&Address, Vec<usize>> = HashMap::new();
    let mut owner_of: HashMap<&ObjectId, &Address> = HashMap::new();
    for (number, step) in graph.steps.iter().enumerate() {
        if let Step::Apply(change) = step {
            owners.entry(&changes[*change].owner).or_default().push(number);
            owner_of.insert(&changes[*change].id, &changes[*change].owner);
        }
    }
    for (number, step) in graph.steps.iter().enumerate() {
        if let Step::Wait(Gate::Ready(id)) = step
            && let Some(owner) = owner_of.get(id)
        {
            owners.entry(owner).or_default().push(number);
        }
    }
    owners
}

/// Those that must serve before something of an owner goes: the owner itself where it gets something new. Of a component
/// that goes as a whole, all other components of its platform that do: one of them may take its place, as a new log-in
/// that of the old one, and in between nobody is to come in unasked.
fn successors<'a>(owner: &'a Address, owners: &HashMap<&'a Address, Vec<usize>>) -> Vec<&'a Address> {
    if owners.contains_key(owner) || owner.component().is_none() {
        return owners.get_key_value(owner).map(|(owner, _)| *owner).into_iter().collect();
    }
    let mut others: Vec<&Address> = owners
        .keys()
        .copied()
        .filter(|other| other.component().is_some() && other.of_block() == owner.of_block())
        .collect();
    others.sort_unstable();
    others
}

fn owner_gate(graph: &mut Graph, owner: &Address, steps: &[usize]) -> usize {
    let gate = Step::Wait(Gate::OwnerReady(owner.clone()));
    match graph.steps.iter().position(|step| *step == gate) {
        Some(known) => known,
        None => push(graph, gate, steps.to_vec()),
    }
}

fn push(graph: &mut Graph, step: Step, depends_on: Vec<usize>) -> usize {
    graph.steps.push(step);
    graph.depends_on.push(depends_on);
    graph.steps.len() - 1
}
