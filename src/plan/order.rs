//! The graph of a plan: which step waits for which, and the gates between them.
//!
//! Required edges come from the objects themselves; a circle of them is an error. Waits for webhooks, owners and
//! certificates are added after that, the strongest first, and only where they close no circle: the backend of a
//! webhook, and all that it needs, never waits for that webhook.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::Action;
use super::Change;
use super::Desired;
use super::Gate;
use super::Graph;
use super::Observation;
use super::Problem;
use super::Step;
use super::needs::Need;
use super::needs::Needs;
use super::teardown;
use crate::object::Address;
use crate::object::ObjectId;
use crate::object::kinds;
use crate::object::kinds::Class;

/// The graph of `changes`; `indices` tells the place of each in `Desired::objects`. Empty for a plan without changes.
pub fn graph(
    desired: &Desired,
    observation: &Observation,
    changes: &[Change],
    indices: &[Option<usize>],
    problems: &mut Vec<Problem>,
) -> Graph {
    if changes.iter().all(|change| change.action == Action::NoOp) {
        return Graph::default();
    }
    let needs = Needs::new(desired, observation);
    let mut builder = Builder::new(desired, &needs, changes, indices);
    builder.own_steps();
    let applied: Vec<(usize, usize)> = builder.applied();
    for &(_, index) in &applied {
        builder.direct(index);
    }
    if let Some(circle) = builder.circle() {
        problems.push(circular(&builder, &circle));
        return Graph::default();
    }
    builder.owners(&applied, problems);
    builder.webhooks(&applied);
    builder.final_waits(&applied);
    let mut graph = builder.finish();
    teardown::add_removals(&mut graph, changes, desired);
    graph
}

struct Builder<'a> {
    desired: &'a Desired,
    needs: &'a Needs<'a>,
    changes: &'a [Change],
    indices: &'a [Option<usize>],
    steps: Vec<Step>,
    depends_on: Vec<Vec<usize>>,
    /// The apply step of a desired object that changes.
    apply_of: HashMap<usize, usize>,
    ready: HashMap<usize, usize>,
    serves: BTreeMap<(ObjectId, ObjectId), usize>,
    owner_gates: BTreeMap<Address, usize>,
    /// Edges to add where they close no circle.
    preferred: Vec<(usize, usize)>,
    dropped: Vec<String>,
}

impl<'a> Builder<'a> {
    fn new(desired: &'a Desired, needs: &'a Needs<'a>, changes: &'a [Change], indices: &'a [Option<usize>]) -> Self {
        Self {
            desired,
            needs,
            changes,
            indices,
            steps: Vec::new(),
            depends_on: Vec::new(),
            apply_of: HashMap::new(),
            ready: HashMap::new(),
            serves: BTreeMap::new(),
            owner_gates: BTreeMap::new(),
            preferred: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// The steps of what is made or changed; a replacement removes, waits until it is gone, and makes anew.
    fn own_steps(&mut self) {
        // Of replacements: the removal, and the gate behind it.
        let mut replaced: Vec<(usize, usize, usize)> = Vec::new();
        for (change, index) in self.indices.iter().enumerate() {
            let Some(index) = index else { continue };
            match self.changes[change].action {
                Action::Create | Action::Update | Action::Adopt => {
                    let step = self.push(Step::Apply(change), Vec::new());
                    self.apply_of.insert(*index, step);
                }
                Action::Replace => {
                    let remove = self.push(Step::Remove(change), Vec::new());
                    let gone = self.push(Step::Wait(Gate::Gone(self.changes[change].id.clone())), vec![remove]);
                    let step = self.push(Step::Apply(change), vec![gone]);
                    self.apply_of.insert(*index, step);
                    replaced.push((*index, remove, gone));
                }
                Action::Forget => {
                    self.push(Step::Remove(change), Vec::new());
                }
                Action::NoOp | Action::Delete => {}
            }
        }
        // What was made in a cluster goes before it.
        let objects = &self.desired.objects;
        for &(cluster, remove, _) in &replaced {
            let (id, owner) = (objects[cluster].object.id(), &objects[cluster].owner);
            let lies_on =
                |index: usize| objects[index].after.contains(owner) && objects[index].object.gvk().group == id.group;
            if kinds::class(&id) == Class::Cluster {
                let before = replaced.iter().filter(|(index, _, _)| lies_on(*index)).map(|(_, _, gone)| *gone);
                self.depends_on[remove].extend(before);
            }
        }
    }

    /// Numbers of the changes that are applied, with their place in `Desired::objects`.
    fn applied(&self) -> Vec<(usize, usize)> {
        let pairs = self.indices.iter().enumerate().filter_map(|(change, index)| Some((change, (*index)?)));
        pairs.filter(|(_, index)| self.apply_of.contains_key(index)).collect()
    }

    fn direct(&mut self, index: usize) {
        let step = self.apply_of[&index];
        for need in self.needs.direct(index) {
            match need {
                Need::Applied(other) => {
                    if let Some(&other) = self.apply_of.get(&other) {
                        self.depends_on[step].push(other);
                    }
                }
                Need::Preferred(other) => {
                    if let Some(&other) = self.apply_of.get(&other) {
                        self.preferred.push((step, other));
                    }
                }
                Need::Ready(other) => {
                    let gate = self.ready_gate(other);
                    self.depends_on[step].push(gate);
                }
            }
        }
    }

    /// Waits for owners (`after`). An object that such an owner itself needs goes before it in spite of the order;
    /// owners that wait for each other are an error.
    fn owners(&mut self, applied: &[(usize, usize)], problems: &mut Vec<Problem>) {
        if let Some(circle) = owner_circle(self.desired, self.needs) {
            let texts: Vec<String> = circle.iter().map(Address::to_string).collect();
            problems.push(Problem {
                id: None,
                owner: circle.first().cloned(),
                summary: "Circular order".into(),
                detail: format!("These wait for each other: {}.", texts.join(" → ")),
                help: Some("Take one of the requirements away.".into()),
            });
            return;
        }
        let mut waiting: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
        let mut expanded: HashMap<&Address, Vec<&Address>> = HashMap::new();
        for &(_, index) in applied {
            let wanted = &self.desired.objects[index];
            // Namespaces and CRDs serve as soon as they are there; nothing they could wait for makes them better.
            if matches!(kinds::class(&self.needs.ids[index]), Class::Namespace | Class::CustomResourceDefinition) {
                continue;
            }
            for address in &wanted.after {
                let owners = expanded.entry(address).or_insert_with(|| self.needs.owners_under(address));
                for owner in owners.iter().filter(|owner| ***owner != wanted.owner) {
                    waiting.entry(owner).or_default().push(self.apply_of[&index]);
                }
            }
        }
        for (owner, steps) in waiting {
            let gate = self.owner_gate(owner);
            // What stays out is needed by that owner itself: no circle is broken, the order is the other way round.
            self.add_acyclic(gate, &steps);
        }
    }

    /// Waits for webhooks, those that refuse when they do not answer first.
    fn webhooks(&mut self, applied: &[(usize, usize)]) {
        // Strength, then gate: the steps that wait. Objects are stronger than pods, since pods are tried again by their
        // controllers.
        let mut classes: [BTreeMap<(ObjectId, ObjectId), Vec<usize>>; 3] = Default::default();
        let mut gates: BTreeMap<(ObjectId, ObjectId), usize> = BTreeMap::new();
        let mut own_backend: Vec<(usize, usize)> = Vec::new();
        let backends: Vec<Vec<usize>> = self.needs.webhooks.iter().map(|w| self.needs.backends(&w.service)).collect();
        for &(change, index) in applied {
            let is_update =
                self.changes[change].action == Action::Update || self.changes[change].action == Action::Adopt;
            for (number, sees_object) in self.needs.intercepting(index, is_update) {
                let webhook = &self.needs.webhooks[number];
                let strength = match (webhook.may_fail, sees_object) {
                    (true, _) => 2,
                    (false, false) => 1,
                    (false, true) => 0,
                };
                let key = (webhook.configuration_id.clone(), webhook.service.clone());
                gates.insert(key.clone(), webhook.configuration);
                let steps = classes[strength].entry(key).or_default();
                let step = self.apply_of[&index];
                if steps.last() != Some(&step) {
                    steps.push(step);
                }
                if !webhook.may_fail && backends[number].contains(&index) {
                    own_backend.push((webhook.configuration, index));
                }
            }
        }
        for (key, configuration) in &gates {
            self.serves_gate(key, *configuration);
        }
        // Preferred edges first: they are fewer, and what they order is known for sure.
        for (step, other) in std::mem::take(&mut self.preferred) {
            if !self.add_acyclic(other, &[step]).is_empty() {
                self.dropped.push(format!(
                    "{} does not wait for {}: that would be a circle.",
                    self.name(step),
                    self.name(other)
                ));
            }
        }
        // A configuration that would refuse its own backend's pods comes after that backend.
        for (configuration, backend) in own_backend {
            let created = self.apply_of.get(&configuration).copied();
            if let Some(step) = created.filter(|step| self.is_creation(*step)) {
                let gate = self.ready_gate(backend);
                self.add_acyclic(gate, &[step]);
            }
        }
        let own: BTreeMap<&(ObjectId, ObjectId), Vec<bool>> =
            gates.keys().map(|key| (key, self.reached(self.serves[key]))).collect();
        let mut dropped = Vec::new();
        for class in classes {
            for (key, steps) in class {
                let gate = self.serves[&key];
                for step in self.add_acyclic(gate, &steps) {
                    // The backend and what it needs are exempt by rule; anything else is worth telling.
                    if !own[&key].get(step).copied().unwrap_or_default() {
                        dropped.push(format!(
                            "{} does not wait for the webhooks of {}: they wait for it.",
                            self.name(step),
                            key.0
                        ));
                    }
                }
            }
        }
        self.dropped.extend(dropped);
    }

    /// Everything that changes and can tell whether it serves is waited for in the end.
    fn final_waits(&mut self, applied: &[(usize, usize)]) {
        for &(_, index) in applied {
            if self.is_waited_for(index) {
                self.ready_gate(index);
            }
        }
    }

    fn finish(mut self) -> Graph {
        for depends_on in &mut self.depends_on {
            depends_on.sort_unstable();
            depends_on.dedup();
        }
        Graph { steps: self.steps, depends_on: self.depends_on, dropped: self.dropped }
    }

    fn is_waited_for(&self, index: usize) -> bool {
        let id = &self.needs.ids[index];
        match kinds::class(id) {
            Class::Workload | Class::ApiService | Class::CustomResourceDefinition => true,
            Class::Custom | Class::Cluster => {
                self.desired.readiness.iter().any(|rule| rule.group == id.group && rule.kind == id.kind)
            }
            Class::Namespace | Class::Webhook | Class::Volume | Class::Other => false,
        }
    }

    fn ready_gate(&mut self, index: usize) -> usize {
        if let Some(&gate) = self.ready.get(&index) {
            return gate;
        }
        let depends_on = self.apply_of.get(&index).copied().into_iter().collect();
        let gate = self.push(Step::Wait(Gate::Ready(self.needs.ids[index].clone())), depends_on);
        self.ready.insert(index, gate);
        gate
    }

    fn owner_gate(&mut self, owner: &Address) -> usize {
        if let Some(&gate) = self.owner_gates.get(owner) {
            return gate;
        }
        let gate = self.push(Step::Wait(Gate::OwnerReady(owner.clone())), Vec::new());
        self.owner_gates.insert(owner.clone(), gate);
        for &index in self.needs.of_owner(owner) {
            let Some(&step) = self.apply_of.get(&index) else { continue };
            let step = if self.is_waited_for(index) { self.ready_gate(index) } else { step };
            self.depends_on[gate].push(step);
        }
        gate
    }

    /// The gate of a configuration and Service: both there, the backend ready, the certificate of its CA asked for.
    fn serves_gate(&mut self, key: &(ObjectId, ObjectId), configuration: usize) {
        let (configuration_id, service) = key.clone();
        let backends = self.needs.backends(&service);
        let gate = self.push(
            Step::Wait(Gate::WebhookServes { configuration: configuration_id, service: service.clone() }),
            Vec::new(),
        );
        self.serves.insert(key.clone(), gate);
        let mut needed = vec![configuration];
        needed.extend(self.needs.index_of(&service));
        needed.extend(self.needs.certificates_of(configuration));
        for index in needed {
            if let Some(&step) = self.apply_of.get(&index) {
                self.depends_on[gate].push(step);
            }
        }
        for backend in backends {
            // An unchanged backend is looked at by the gate itself.
            if self.apply_of.contains_key(&backend) {
                let ready = self.ready_gate(backend);
                self.depends_on[gate].push(ready);
            }
        }
    }

    /// Lets `steps` wait for `target`, but for those that `target` itself waits for; returns these.
    fn add_acyclic(&mut self, target: usize, steps: &[usize]) -> Vec<usize> {
        let reached = self.reached(target);
        let mut left_out = Vec::new();
        for &step in steps {
            if reached[step] {
                left_out.push(step);
            } else {
                self.depends_on[step].push(target);
            }
        }
        left_out
    }

    /// Everything that `target` waits for, itself included.
    fn reached(&self, target: usize) -> Vec<bool> {
        let mut reached = vec![false; self.steps.len()];
        reached[target] = true;
        let mut open = vec![target];
        while let Some(step) = open.pop() {
            for &other in &self.depends_on[step] {
                if !std::mem::replace(&mut reached[other], true) {
                    open.push(other);
                }
            }
        }
        reached
    }

    /// Steps of a circle of required edges, in order; `None` where there is none.
    fn circle(&self) -> Option<Vec<usize>> {
        find_circle(&self.depends_on)
    }

    fn is_creation(&self, step: usize) -> bool {
        matches!(self.steps[step], Step::Apply(change) if self.changes[change].action == Action::Create)
    }

    fn name(&self, step: usize) -> String {
        match &self.steps[step] {
            Step::Apply(change) | Step::Remove(change) => self.changes[*change].id.to_string(),
            Step::Wait(Gate::Ready(id) | Gate::Gone(id)) => id.to_string(),
            Step::Wait(Gate::OwnerReady(owner)) => owner.to_string(),
            Step::Wait(Gate::WebhookServes { configuration, .. }) => configuration.to_string(),
        }
    }

    fn push(&mut self, step: Step, depends_on: Vec<usize>) -> usize {
        self.steps.push(step);
        self.depends_on.push(depends_on);
        self.steps.len() - 1
    }
}

/// The nodes of one circle in a graph; `None` for a graph without.
pub fn find_circle(depends_on: &[Vec<usize>]) -> Option<Vec<usize>> {
    // 0: not met, 1: on the way, 2: done.
    let mut state = vec![0_u8; depends_on.len()];
    for start in 0..depends_on.len() {
        if state[start] != 0 {
            continue;
        }
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        state[start] = 1;
        while let Some((node, next)) = way.last_mut() {
            let Some(&other) = depends_on[*node].get(*next) else {
                state[*node] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            match state[other] {
                0 => {
                    state[other] = 1;
                    way.push((other, 0));
                }
                1 => {
                    let nodes: Vec<usize> = way.iter().map(|(node, _)| *node).collect();
                    let begin = nodes.iter().position(|node| *node == other).unwrap_or_default();
                    return Some(nodes[begin..].to_vec());
                }
                _ => {}
            }
        }
    }
    None
}

fn circular(builder: &Builder<'_>, circle: &[usize]) -> Problem {
    let mut names: Vec<String> = circle.iter().map(|step| builder.name(*step)).collect();
    names.dedup();
    names.extend(names.first().cloned());
    Problem {
        id: None,
        owner: None,
        summary: "Circular dependency".into(),
        detail: format!("These objects need each other: {}.", names.join(" → ")),
        help: None,
    }
}

/// Owners that wait for each other, the first repeated at the end; `None` where there are none.
fn owner_circle(desired: &Desired, needs: &Needs<'_>) -> Option<Vec<Address>> {
    let mut numbers: HashMap<&Address, usize> = HashMap::new();
    let mut owners: Vec<&Address> = Vec::new();
    let mut edges: Vec<Vec<usize>> = Vec::new();
    for wanted in &desired.objects {
        if !numbers.contains_key(&wanted.owner) {
            numbers.insert(&wanted.owner, owners.len());
            owners.push(&wanted.owner);
            edges.push(Vec::new());
        }
    }
    let mut done: std::collections::HashSet<(usize, &Address)> = std::collections::HashSet::new();
    for wanted in &desired.objects {
        let from = numbers[&wanted.owner];
        for address in &wanted.after {
            if !done.insert((from, address)) {
                continue;
            }
            let under = needs.owners_under(address);
            edges[from]
                .extend(under.into_iter().filter_map(|owner| numbers.get(owner).copied()).filter(|to| *to != from));
        }
    }
    let circle = find_circle(&edges)?;
    let mut names: Vec<Address> = circle.iter().map(|number| owners[*number].clone()).collect();
    names.extend(names.first().cloned());
    Some(names)
}
