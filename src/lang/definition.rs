//! Evaluates one set of definition files by itself, among names the caller gives: a component's `module.hcl`.

use std::collections::BTreeSet;
use std::collections::HashMap;

use indexmap::IndexMap;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::Assignment;
use super::EvaluatedDefinition;
use super::Reader;
use super::Scope;
use super::Type;
use super::Value;
use super::configuration::parse_module;
use super::declaration::Module;
use super::declaration::Vocabulary;
use super::decode;
use super::evaluate::Evaluator;
use super::inputs;
use super::reference::Context;
use super::reference::Known;
use super::reference::Target;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;

/// Evaluates one set of definition files by itself: blocks `variable` and `locals`, and blocks of the caller's types,
/// which are decoded to blocks. `scope` holds the caller's root names; `inputs` the variables' values. Variables are
/// visible as `var.x`, locals as `local.x`.
pub fn evaluate_definition(
    sources: &Sources,
    files: &[SourceId],
    block_types: &[&str],
    scope: &Scope,
    inputs: &[Assignment],
    reader: &dyn Reader,
) -> EvaluatedDefinition {
    let mut diagnostics = Diagnostics::new();
    let vocabulary = Vocabulary::Definition(block_types);
    let module = parse_module(sources, files, &vocabulary, &mut diagnostics);
    let mut scope = scope.clone();
    let variables = variables(&module, inputs, &mut scope, reader, &mut diagnostics);
    scope.checked = true;
    let locals = locals(&module, &mut scope, reader, &mut diagnostics);
    let mut targets = Vec::new();
    let known = known(&module, &scope);
    let mut blocks = Vec::new();
    for block in &module.settings {
        let failed_before = diagnostics.len();
        known.collect_body(&block.body, Context::default(), &mut targets, &mut diagnostics);
        let mut evaluator = Evaluator::new(&scope, reader);
        blocks.push(decode::block(&mut evaluator, block));
        // A name that is not there is reported once.
        if diagnostics.len() == failed_before {
            diagnostics.extend(evaluator.diagnostics);
        }
    }
    EvaluatedDefinition { blocks, variables, locals, diagnostics }
}

fn known<'a>(module: &'a Module, scope: &Scope) -> Known<'a> {
    let names = scope.all().filter(|name| !matches!(*name, "var" | "local")).map(str::to_string).collect();
    Known { module, outputs: &|_| None, kinds: &[], names }
}

fn variables(
    module: &Module,
    given: &[Assignment],
    scope: &mut Scope,
    reader: &dyn Reader,
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, Value> {
    scope.groups.entry("var".to_string()).or_default();
    let names: Vec<&str> = module.variables.keys().map(String::as_str).collect();
    let chosen = inputs::choose(given, &|name| module.variables.contains_key(name), &names, diagnostics);
    let mut values = IndexMap::new();
    for (name, variable) in &module.variables {
        inputs::hide(variable, given, diagnostics);
        let value = inputs::value_of(variable, chosen.get(name.as_str()).copied(), diagnostics);
        scope.set_in("var", name.as_str(), value.clone());
        values.insert(name.clone(), value);
    }
    for (name, variable) in &module.variables {
        let place = chosen.get(name.as_str()).and_then(|assignment| assignment.span());
        inputs::validate(variable, scope, reader, place, diagnostics);
    }
    values
}

fn locals(
    module: &Module,
    scope: &mut Scope,
    reader: &dyn Reader,
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, Value> {
    scope.groups.entry("local".to_string()).or_default();
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let indexes: HashMap<&str, _> =
        module.locals.keys().map(|name| (name.as_str(), graph.add_node(name.as_str()))).collect();
    let mut broken = BTreeSet::new();
    {
        let known = known(module, scope);
        for (name, local) in &module.locals {
            let mut targets = Vec::new();
            let failed_before = diagnostics.len();
            known.collect(&local.value, Context::default(), &[], &mut targets, diagnostics);
            if diagnostics.len() > failed_before {
                broken.insert(name.as_str());
            }
            for target in targets {
                if let Target::Local(needed) = target
                    && let Some(needed) = indexes.get(needed.as_str())
                {
                    graph.update_edge(*needed, indexes[name.as_str()], ());
                }
            }
        }
    }
    let mut components = kosaraju_scc(&graph);
    components.reverse();
    for component in components {
        let names: Vec<&str> = component.iter().map(|index| graph[*index]).collect();
        let name = names[0];
        let local = &module.locals[name];
        if names.len() > 1 || graph.find_edge(component[0], component[0]).is_some() {
            let listed: Vec<String> = names.iter().map(|name| format!("local.{name}")).collect();
            let detail = format!("These need each other: {}.", listed.join(", "));
            diagnostics.push(Diagnostic::error("Cycle", detail).at(local.name.span));
            for name in names {
                scope.set_in("local", name, Value::unknown(Type::Any));
            }
            continue;
        }
        let mut evaluator = Evaluator::new(scope, reader);
        let value = evaluator.evaluate(&local.value);
        let failed = evaluator.diagnostics.has_errors();
        if !broken.contains(name) {
            diagnostics.extend(evaluator.diagnostics);
        }
        scope.set_in("local", name, if failed { Value::unknown(Type::Any) } else { value });
    }
    let values = &scope.groups["local"];
    module.locals.keys().map(|name| (name.clone(), values[name].clone())).collect()
}
