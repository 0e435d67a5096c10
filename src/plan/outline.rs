//! The graph of a plan for people: a part for all that happens to an owner's objects, and one for each gate that others
//! stand at. Not how it is drawn.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use petgraph::graph::DiGraph;
use petgraph::graph::NodeIndex;

use super::Action;
use super::Counts;
use super::Gate;
use super::Graph;
use super::Plan;
use super::Step;
use crate::object::Address;
use crate::object::ObjectId;

/// Steps that are shown as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// An owner, an object, or what is waited for.
    pub name: String,
    pub is_gate: bool,
    /// What is done; nothing where it is only waited for what is there.
    pub counts: Counts,
    /// Places of the parts that this one waits for.
    pub needs: Vec<usize>,
}

impl Part {
    fn take(&mut self, plan: &Plan, step: &Step) {
        match step {
            Step::Apply(change) => self.counts.add(plan.changes[*change].action),
            // A replacement is counted where it is made anew.
            Step::Remove(change) if plan.changes[*change].action != Action::Replace => {
                self.counts.add(plan.changes[*change].action);
            }
            Step::Remove(_) | Step::Wait(_) => {}
        }
    }
}

/// A part for every step.
pub fn steps(plan: &Plan) -> Vec<Part> {
    let owners = owners(plan);
    let parts = plan.graph.steps.iter().zip(&plan.graph.depends_on).map(|(step, needs)| {
        let (name, is_gate) = match step {
            Step::Apply(change) => (object(plan, *change), false),
            Step::Remove(change) => (format!("{} goes", object(plan, *change)), false),
            Step::Wait(Gate::Ready(id)) => (format!("{} ready", with_owner(&owners, id)), true),
            Step::Wait(Gate::Gone(id)) => (format!("{} gone", with_owner(&owners, id)), true),
            Step::Wait(gate) => (gate.to_string(), true),
        };
        let mut part = Part { name, is_gate, needs: needs.clone(), ..Part::default() };
        part.take(plan, step);
        part
    });
    parts.collect()
}

/// A part for each owner. One whose steps wait for another's, and others of it in turn for its own, is in several parts: no
/// part waits for itself by way of others.
pub fn owners_and_gates(plan: &Plan) -> Vec<Part> {
    let owners = owners(plan);
    let mut parts: Vec<Part> = Vec::new();
    let mut of_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut of_step: Vec<usize> = vec![0; plan.graph.steps.len()];
    for step in in_order(&plan.graph) {
        let (name, is_gate) = match &plan.graph.steps[step] {
            Step::Apply(change) | Step::Remove(change) => (plan.changes[*change].owner.to_string(), false),
            Step::Wait(Gate::Ready(id) | Gate::Gone(id)) => match owners.get(id) {
                Some(owner) => (owner.to_string(), false),
                None => (id.to_string(), true),
            },
            Step::Wait(gate) => (gate.to_string(), true),
        };
        let needs: BTreeSet<usize> = plan.graph.depends_on[step].iter().map(|need| of_step[*need]).collect();
        let known = of_name.entry(name.clone()).or_default();
        let joined = known.iter().copied().find(|part| !would_wait_for_itself(&parts, *part, &needs));
        let at = joined.unwrap_or_else(|| {
            known.push(parts.len());
            parts.push(Part { name, is_gate, ..Part::default() });
            parts.len() - 1
        });
        of_step[step] = at;
        parts[at].take(plan, &plan.graph.steps[step]);
        for need in needs {
            if need != at && !parts[at].needs.contains(&need) {
                parts[at].needs.push(need);
            }
        }
    }
    parts
}

/// Whether a part that came to need others would be waited for by one of them.
fn would_wait_for_itself(parts: &[Part], part: usize, needs: &BTreeSet<usize>) -> bool {
    let is_new = |need: &usize| *need != part && !parts[part].needs.contains(need);
    let mut open: Vec<usize> = needs.iter().copied().filter(is_new).collect();
    let mut met: BTreeSet<usize> = open.iter().copied().collect();
    while let Some(at) = open.pop() {
        if at == part {
            return true;
        }
        open.extend(parts[at].needs.iter().copied().filter(|need| met.insert(*need)));
    }
    false
}

fn owners(plan: &Plan) -> HashMap<&ObjectId, &Address> {
    plan.changes.iter().map(|change| (&change.id, &change.owner)).collect()
}

fn object(plan: &Plan, change: usize) -> String {
    let change = &plan.changes[change];
    change.owner.with_object(&change.id).to_string()
}

fn with_owner(owners: &HashMap<&ObjectId, &Address>, id: &ObjectId) -> String {
    owners.get(id).map_or_else(|| id.to_string(), |owner| owner.with_object(id).to_string())
}

/// The steps, each after all it waits for: first those that wait for nothing, then those that wait only for these, and so on.
/// Parts taken in this order hold together longest.
fn in_order(graph: &Graph) -> Vec<usize> {
    let mut waits: DiGraph<(), (), usize> = DiGraph::default();
    let nodes: Vec<NodeIndex<usize>> = graph.steps.iter().map(|_| waits.add_node(())).collect();
    for (step, needs) in graph.depends_on.iter().enumerate() {
        for need in needs {
            waits.add_edge(nodes[*need], nodes[step], ());
        }
    }
    let sorted = petgraph::algo::toposort(&waits, None).unwrap_or_default();
    let mut heights = vec![0; graph.steps.len()];
    for node in &sorted {
        let needs = &graph.depends_on[node.index()];
        heights[node.index()] = needs.iter().map(|need| heights[*need] + 1).max().unwrap_or(0);
    }
    let mut order: Vec<usize> = sorted.into_iter().map(NodeIndex::index).collect();
    order.sort_by_key(|step| (heights[*step], *step));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::GroupVersionKind;
    use crate::plan::Change;
    use crate::plan::Checked;

    /// A plan that makes `owner object` for each word pair, in which each waits for those behind it.
    fn plan(steps: &[(&str, &str, &[usize])]) -> Plan {
        let mut plan = Plan::default();
        for (number, (owner, name, needs)) in steps.iter().enumerate() {
            plan.changes.push(Change {
                id: format!("ConfigMap ns/{name}").parse().unwrap(),
                gvk: GroupVersionKind { group: String::new(), version: "v1".into(), kind: "ConfigMap".into() },
                owner: Address::resource("part", owner),
                action: Action::Create,
                before: None,
                after: None,
                fields: Vec::new(),
                reason: String::new(),
                checked: Checked::Owned,
                precondition: None,
                take_over: Vec::new(),
                loss: None,
                moved_from: None,
            });
            plan.graph.steps.push(Step::Apply(number));
            plan.graph.depends_on.push(needs.to_vec());
        }
        plan
    }

    fn text(parts: &[Part]) -> Vec<String> {
        let line = |part: &Part| format!("{} {} {:?}", part.name, part.counts.create, part.needs);
        parts.iter().map(line).collect()
    }

    #[test]
    fn an_owner_is_one_part() {
        let plan = plan(&[("a", "1", &[]), ("a", "2", &[0]), ("b", "3", &[0, 1])]);
        assert_eq!(text(&owners_and_gates(&plan)), ["part.a 2 []", "part.b 1 [0]"]);
        assert_eq!(steps(&plan)[2].name, "part.b/ConfigMap ns/3");
        assert_eq!(steps(&plan)[2].needs, [0, 1]);
    }

    #[test]
    fn owners_that_wait_for_each_other_in_turn_are_in_several_parts() {
        let plan = plan(&[("a", "1", &[3]), ("a", "2", &[]), ("b", "3", &[1]), ("b", "4", &[])]);
        let parts = owners_and_gates(&plan);
        assert_eq!(text(&parts), ["part.a 2 [1]", "part.b 1 []", "part.b 1 [0]"]);
    }

    #[test]
    fn gates_are_parts_of_their_own() {
        let mut plan = plan(&[("a", "1", &[]), ("b", "2", &[2])]);
        plan.graph.steps.push(Step::Wait(Gate::OwnerReady(Address::resource("part", "a"))));
        plan.graph.depends_on.push(vec![0]);
        plan.graph.steps.push(Step::Wait(Gate::Ready(plan.changes[1].id.clone())));
        plan.graph.depends_on.push(vec![1]);
        let parts = owners_and_gates(&plan);
        assert_eq!(text(&parts), ["part.a 1 []", "part.a ready 0 [0]", "part.b 1 [1]"]);
        assert!(parts[1].is_gate);
    }
}
