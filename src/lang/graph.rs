//! The order of evaluation: which declarations need which, and cycles among them.

use std::collections::HashMap;
use std::collections::HashSet;

use petgraph::graph::DiGraph;
use petgraph::graph::NodeIndex;

use super::configuration::Configuration;
use super::declaration::Condition;
use super::declaration::Repetition;
use super::declaration::address_of;
use super::reference::Context;
use super::reference::Known;
use super::reference::Target;
use super::syntax::Expression;
use super::syntax::Form;
use super::syntax::Step;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;

/// A declaration in a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub module: usize,
    pub target: Target,
}

/// Nodes in an order in which each comes after all it needs; those of cycles are left out.
pub(super) fn order(configuration: &Configuration, diagnostics: &mut Diagnostics) -> Vec<Node> {
    let mut builder = Builder { configuration, graph: DiGraph::new(), indexes: HashMap::new(), diagnostics };
    builder.add_nodes();
    builder.add_edges();
    builder.sort()
}

/// All nodes, each with the numbers of those it needs. Cycles are among the findings.
pub(super) fn needs(configuration: &Configuration, diagnostics: &mut Diagnostics) -> Vec<(Node, Vec<usize>)> {
    let mut builder = Builder { configuration, graph: DiGraph::new(), indexes: HashMap::new(), diagnostics };
    builder.add_nodes();
    builder.add_edges();
    let graph = &builder.graph;
    let needed = |node: NodeIndex| {
        let found = graph.neighbors_directed(node, petgraph::Direction::Incoming);
        let mut found: Vec<usize> = found.map(NodeIndex::index).collect();
        found.sort_unstable();
        found
    };
    let nodes = graph.node_indices().map(|node| (graph[node].0.clone(), needed(node))).collect();
    builder.sort();
    nodes
}

struct Builder<'a> {
    configuration: &'a Configuration,
    /// An edge leads from what is needed to what needs it.
    graph: DiGraph<(Node, Span), ()>,
    indexes: HashMap<Node, NodeIndex>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Builder<'a> {
    fn add_nodes(&mut self) {
        let mut found = Vec::new();
        for (at, loaded) in self.configuration.modules.iter().enumerate() {
            let module = &loaded.module;
            let mut add = |target: Target, span: Span| found.push((Node { module: at, target }, span));
            for (name, variable) in &module.variables {
                add(Target::Variable(name.clone()), variable.name.span);
            }
            for (name, local) in &module.locals {
                add(Target::Local(name.clone()), local.name.span);
            }
            for ((kind, name), resource) in &module.resources {
                add(Target::Resource(kind.clone(), name.clone()), resource.span);
            }
            for (name, call) in &module.calls {
                add(Target::Call(name.clone(), None), call.span);
            }
            for (name, output) in &module.outputs {
                add(Target::Output(name.clone()), output.name.span);
            }
        }
        for (node, span) in found {
            let index = self.graph.add_node((node.clone(), span));
            self.indexes.insert(node, index);
        }
    }

    fn add_edges(&mut self) {
        let nodes: Vec<Node> = self.graph.node_weights().map(|(node, _)| node.clone()).collect();
        for node in &nodes {
            self.edges_of(node);
        }
        for at in 0..self.configuration.modules.len() {
            self.other_references(at);
        }
    }

    fn edges_of(&mut self, node: &Node) {
        let configuration = self.configuration;
        let loaded = &configuration.modules[node.module];
        let module = &loaded.module;
        let mut needs: Vec<(usize, Target)> = Vec::new();
        let here = node.module;
        match &node.target {
            Target::Variable(name) => {
                let variable = &module.variables[name];
                let mut targets = Vec::new();
                for condition in &variable.validations {
                    self.condition(here, condition, Context::default(), &mut targets);
                }
                targets.retain(|target| target != &node.target);
                needs.extend(targets.into_iter().map(|t| (here, t)));
                if let Some((parent, call)) = &loaded.parent {
                    let call = &configuration.modules[*parent].module.calls[call];
                    if let Some((_, expression)) = call.inputs.get(name) {
                        let context = repetition_context(call.repetition.as_ref());
                        let targets = self.references(*parent, expression, context);
                        needs.extend(targets.into_iter().map(|t| (*parent, t)));
                    }
                }
            }
            Target::Local(name) => {
                let targets = self.references(here, &module.locals[name].value, Context::default());
                needs.extend(targets.into_iter().map(|t| (here, t)));
            }
            Target::Call(name, _) => {
                let call = &module.calls[name];
                let mut targets = Vec::new();
                if let Some(repetition) = &call.repetition {
                    targets.extend(self.references(here, repetition.expression(), Context::default()));
                }
                self.depends_on(here, &call.depends_on, &mut targets);
                needs.extend(targets.into_iter().map(|t| (here, t)));
            }
            Target::Output(name) => {
                let output = &module.outputs[name];
                let mut targets = self.references(here, &output.value, Context::default());
                for condition in &output.preconditions {
                    self.condition(here, condition, Context::default(), &mut targets);
                }
                self.depends_on(here, &output.depends_on, &mut targets);
                needs.extend(targets.into_iter().map(|t| (here, t)));
            }
            Target::Resource(kind, name) => {
                let resource = &module.resources[&(kind.clone(), name.clone())];
                let mut targets = Vec::new();
                if let Some(repetition) = &resource.repetition {
                    targets.extend(self.references(here, repetition.expression(), Context::default()));
                }
                let mut context = repetition_context(resource.repetition.as_ref());
                let mut found = Diagnostics::new();
                self.known(here, |known| known.collect_body(&resource.body, context, &mut targets, &mut found));
                self.diagnostics.extend(found);
                for condition in &resource.preconditions {
                    self.condition(here, condition, context, &mut targets);
                }
                context.itself = true;
                let mut after = Vec::new();
                for condition in &resource.postconditions {
                    self.condition(here, condition, context, &mut after);
                }
                after.retain(|target| target != &node.target);
                targets.extend(after);
                self.depends_on(here, &resource.depends_on, &mut targets);
                needs.extend(targets.into_iter().map(|t| (here, t)));
            }
        }
        if let Some((parent, call)) = &loaded.parent {
            needs.push((*parent, Target::Call(call.clone(), None)));
        }
        let Some(index) = self.indexes.get(node).copied() else { return };
        // All edges to a node are made here, so a set of its own tells which there are; asking the graph would go
        // through all that needs the same.
        let mut found = HashSet::new();
        for (module, target) in needs {
            for needed in self.nodes_of(module, target) {
                if let Some(needed) = self.indexes.get(&needed)
                    && found.insert(*needed)
                {
                    self.graph.add_edge(*needed, index, ());
                }
            }
        }
    }

    /// A reference to a module's call stands for its outputs, or the one it names.
    fn nodes_of(&self, module: usize, target: Target) -> Vec<Node> {
        let Target::Call(name, output) = &target else { return vec![Node { module, target }] };
        let mut nodes = vec![Node { module, target: Target::Call(name.clone(), None) }];
        if let Some(child) = self.configuration.modules[module].children.get(name) {
            // The expansion itself must not wait for the outputs.
            let outputs = self.configuration.modules[*child].module.outputs.keys();
            let wanted = outputs.filter(|o| output.as_ref().is_none_or(|named| named == *o || named == ALL));
            if output.is_some() {
                nodes.extend(wanted.map(|o| Node { module: *child, target: Target::Output(o.clone()) }));
            }
        }
        nodes
    }

    /// What an expression of a module refers to. A whole module stands with the mark for all its outputs.
    fn references(&mut self, module: usize, expression: &Expression, context: Context) -> Vec<Target> {
        let mut targets = Vec::new();
        let mut found = Diagnostics::new();
        self.known(module, |known| known.collect(expression, context, &[], &mut targets, &mut found));
        self.diagnostics.extend(found);
        for target in &mut targets {
            if let Target::Call(_, output @ None) = target {
                *output = Some(ALL.to_string());
            }
        }
        targets
    }

    fn known(&self, module: usize, run: impl FnOnce(&Known<'_>)) {
        let loaded = &self.configuration.modules[module];
        let outputs = |call: &str| {
            let child = loaded.children.get(call)?;
            Some(self.configuration.modules[*child].module.outputs.keys().cloned().collect())
        };
        let kinds = &self.configuration.kinds;
        run(&Known { module: &loaded.module, outputs: &outputs, kinds, names: Vec::new() });
    }

    fn condition(&mut self, module: usize, condition: &Condition, context: Context, targets: &mut Vec<Target>) {
        targets.extend(self.references(module, &condition.condition, context));
        targets.extend(self.references(module, &condition.message, context));
    }

    fn depends_on(&mut self, module: usize, list: &[Expression], targets: &mut Vec<Target>) {
        for expression in list {
            if address_of(expression).is_none() || expression.as_text().is_some() {
                let detail = "depends_on lists references to resources and modules, without quotes.";
                self.diagnostics.push(Diagnostic::error("Invalid depends_on reference", detail).at(expression.span));
                continue;
            }
            targets.extend(self.references(module, expression, Context::default()));
        }
    }

    /// Expressions that belong to no node are only checked.
    fn other_references(&mut self, at: usize) {
        let module = &self.configuration.modules[at].module;
        for check in &module.checks {
            for condition in &check.assertions {
                self.condition(at, condition, Context::default(), &mut Vec::new());
            }
        }
        for block in &module.settings {
            let mut found = Diagnostics::new();
            self.known(at, |known| {
                known.collect_body(&block.body, Context::default(), &mut Vec::new(), &mut found);
            });
            self.diagnostics.extend(found);
        }
        for import in &module.imports {
            let context = Context { each: import.for_each.is_some(), ..Context::default() };
            self.references(at, &import.id, context);
            if let Some(for_each) = &import.for_each {
                self.references(at, for_each, Context::default());
            }
            if let Form::Traversal(_, steps) = &import.to.form {
                for step in steps {
                    if let Step::Index(index) = step {
                        self.references(at, index, context);
                    }
                }
            }
        }
    }

    fn sort(self) -> Vec<Node> {
        // Components come in the order of their need when the edges are followed backwards.
        let mut components = petgraph::algo::kosaraju_scc(&self.graph);
        components.reverse();
        let mut order = Vec::new();
        for component in components {
            let single = component[0];
            if component.len() == 1 && self.graph.find_edge(single, single).is_none() {
                order.push(self.graph[single].0.clone());
                continue;
            }
            let path = self.cycle(&component);
            let names: Vec<String> = path.iter().map(|index| self.name(&self.graph[*index].0)).collect();
            let first = names.first().cloned().unwrap_or_default();
            let detail = if names.len() == 1 {
                format!("{first} refers to itself.")
            } else {
                format!("Each of these needs the next: {}, {first}.", names.join(", "))
            };
            let mut found = Diagnostic::error("Cycle", detail).at(self.graph[path[0]].1);
            for (index, name) in path.iter().zip(&names).skip(1) {
                found = found.related(self.graph[*index].1, format!("{name} takes part"));
            }
            self.diagnostics.push(found);
        }
        order
    }

    /// One way round within a component, from its first declared member, each node followed by one it needs.
    fn cycle(&self, component: &[NodeIndex]) -> Vec<NodeIndex> {
        let start = component.iter().copied().min().unwrap_or_default();
        let inside: HashSet<NodeIndex> = component.iter().copied().collect();
        let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            let mut next: Vec<_> = self.graph.neighbors_directed(at, petgraph::Direction::Incoming).collect();
            next.sort();
            for needed in next {
                if needed == start {
                    let mut path = vec![at];
                    let mut back = at;
                    while let Some(before) = came_from.get(&back) {
                        path.push(*before);
                        back = *before;
                    }
                    path.reverse();
                    return path;
                }
                if inside.contains(&needed) && !came_from.contains_key(&needed) {
                    came_from.insert(needed, at);
                    queue.push_back(needed);
                }
            }
        }
        vec![start]
    }

    fn name(&self, node: &Node) -> String {
        let mut prefix = String::new();
        let mut at = node.module;
        while let Some((parent, call)) = &self.configuration.modules[at].parent {
            prefix = format!("module.{call}.{prefix}");
            at = *parent;
        }
        let name = match &node.target {
            Target::Variable(name) => format!("var.{name}"),
            Target::Local(name) => format!("local.{name}"),
            Target::Resource(kind, name) => format!("{kind}.{name}"),
            Target::Call(name, _) => format!("module.{name}"),
            Target::Output(name) => format!("output.{name}"),
        };
        prefix + &name
    }
}

/// Stands for all outputs of a call.
const ALL: &str = "*";

fn repetition_context(repetition: Option<&Repetition>) -> Context {
    Context {
        each: matches!(repetition, Some(Repetition::ForEach(_))),
        count: matches!(repetition, Some(Repetition::Count(_))),
        itself: false,
    }
}
