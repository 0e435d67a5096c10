//! What is evaluated after the graph: settings, checks, `moved`, `removed`, `import`, and what `depends_on` names.

use std::collections::HashMap;
use std::collections::HashSet;

use super::Block;
use super::Check;
use super::Content;
use super::Import;
use super::Moved;
use super::Removed;
use super::Resource;
use super::Type;
use super::Value;
use super::declaration::ImportDeclaration;
use super::declaration::RemovedDeclaration;
use super::declaration::Repetition;
use super::declaration::address_of;
use super::declaration::address_with;
use super::declaration::index_key;
use super::decode;
use super::evaluate::Evaluator;
use super::inputs;
use super::syntax::Expression;
use super::walk;
use super::walk::Walk;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::object::Address;
use crate::object::Key;

const ADDRESS: &str = "An address is written as a reference, as in user.alice or module.a.user.team[\"x\"].";

pub(super) struct Closed {
    pub settings: Vec<Block>,
    pub checks: Vec<Check>,
    pub moved: Vec<Moved>,
    pub removed: Vec<Removed>,
    pub imports: Vec<Import>,
}

pub(super) fn close(walk: &mut Walk<'_>) -> Closed {
    let mut closed = Closed {
        settings: Vec::new(),
        checks: Vec::new(),
        moved: Vec::new(),
        removed: Vec::new(),
        imports: Vec::new(),
    };
    let mut found = Diagnostics::new();
    for instance in &walk.instances {
        let module = &walk.configuration.modules[instance.module].module;
        let mut evaluator = Evaluator::new(&instance.scope, walk.environment.reader);
        if instance.module == 0 {
            closed.settings.extend(module.settings.iter().map(|block| decode::block(&mut evaluator, block)));
        }
        let absolute = |evaluator: &mut Evaluator<'_>, expression: &Expression| match address_of(expression) {
            Some(address) => Some((instance.path.join(&address), expression.span)),
            None => {
                evaluator.error(expression.span, "Invalid address", ADDRESS);
                None
            }
        };
        for (from, to) in &module.moved {
            let (from, to) = (absolute(&mut evaluator, from), absolute(&mut evaluator, to));
            closed.moved.extend(from.zip(to).map(|(from, to)| Moved { from, to }));
        }
        for RemovedDeclaration { from, destroy, delete_data } in &module.removed {
            let from = absolute(&mut evaluator, from);
            let (destroy, delete_data) = (*destroy, *delete_data);
            closed.removed.extend(from.map(|from| Removed { from, destroy, delete_data }));
        }
        for import in &module.imports {
            closed.imports.extend(imports(&mut evaluator, import, &instance.path, &walk.reported));
        }
        found.extend(std::mem::take(&mut evaluator.diagnostics));
        for check in &module.checks {
            for assertion in &check.assertions {
                let (value, problems) = evaluator.attempt(&assertion.condition);
                let passed = match value.convert(&Type::Bool) {
                    _ if problems.has_errors() => Some(false),
                    Ok(value) => value.as_bool(),
                    Err(_) => Some(false),
                };
                // Whatever goes wrong in a check is a warning: it must never stop a run.
                let message = match problems.iter().next() {
                    Some(problem) => format!("{}: {}", problem.summary, problem.detail),
                    None if passed == Some(false) => inputs::message(&mut evaluator, assertion),
                    None => String::new(),
                };
                evaluator.diagnostics = Diagnostics::new();
                let span = assertion.condition.span;
                if passed == Some(false) {
                    found.push(Diagnostic::warning("Check block assertion failed", message.clone()).at(span));
                }
                let name = instance.path.block("check", &check.name.text, None).to_string();
                closed.checks.push(Check { name, passed, message, span });
            }
        }
    }
    walk.diagnostics.extend(found);
    expand_dependencies(walk);
    closed
}

/// What an `import` block stands for: one address and id, or one for each element of `for_each`.
fn imports(
    evaluator: &mut Evaluator<'_>,
    declared: &ImportDeclaration,
    module: &Address,
    reported: &HashSet<Span>,
) -> Vec<Import> {
    let keys = match &declared.for_each {
        None => Some(vec![(None, Vec::new())]),
        Some(expression) => {
            let failed_before = evaluator.diagnostics.len();
            let value = evaluator.evaluate(expression);
            match walk::repetition_keys(&Repetition::ForEach(expression.clone()), &value) {
                Ok(keys) => Some(keys),
                Err((summary, detail)) => {
                    if evaluator.diagnostics.len() == failed_before {
                        evaluator.error(expression.span, summary, detail);
                    }
                    None
                }
            }
        }
    };
    let mut found = Vec::new();
    for (_, bound) in keys.unwrap_or_default() {
        let failed_before = evaluator.diagnostics.len();
        for (name, value) in &bound {
            evaluator.bind(name, value.clone());
        }
        let to = imported_address(evaluator, &declared.to, module, reported);
        let value = evaluator.evaluate(&declared.id);
        let text = value.convert(&Type::String).ok();
        match text.as_ref().and_then(Value::as_str) {
            Some(text) if !text.is_empty() && !value.contains_sensitive() => {
                let id = (text.to_string(), declared.id.span);
                found.extend(to.map(|to| Import { to: (to, declared.to.span), id }));
            }
            _ if evaluator.diagnostics.len() > failed_before => {}
            _ => {
                let detail = "The id must be a known text, not sensitive or empty.";
                evaluator.error(declared.id.span, "Invalid import id", detail);
            }
        }
        bound.iter().for_each(|_| evaluator.unbind());
        // The others would only repeat it.
        if evaluator.diagnostics.len() > failed_before {
            break;
        }
    }
    found
}

/// The address after `to =`, whose index may be any expression that is known.
fn imported_address(
    evaluator: &mut Evaluator<'_>,
    to: &Expression,
    module: &Address,
    reported: &HashSet<Span>,
) -> Option<Address> {
    let failed_before = evaluator.diagnostics.len();
    let address = address_with(to, &mut |index| {
        let value = evaluator.evaluate(index);
        match value.content() {
            _ if value.contains_sensitive() => None,
            Content::String(text) => Some(Key::Name(text.to_string())),
            _ => index_key(&value),
        }
    });
    let inside =
        |place: &Span| place.source == to.span.source && to.span.start <= place.start && place.end <= to.span.end;
    if address.is_none() && evaluator.diagnostics.len() == failed_before && !reported.iter().any(inside) {
        evaluator.error(to.span, "Invalid address", ADDRESS);
    }
    address.map(|address| module.join(&address))
}

/// Addresses that `depends_on` of a resource and of the calls around it name, as they are written, made absolute.
pub(super) fn written_dependencies(walk: &Walk<'_>, at: usize, own: &[Expression]) -> Vec<Address> {
    let path = &walk.instances[at].path;
    let mut written: Vec<Address> = own.iter().filter_map(address_of).map(|address| path.join(&address)).collect();
    for (parent, call) in walk.callers(at) {
        let instance = &walk.instances[parent];
        let call = &walk.configuration.modules[instance.module].module.calls[call];
        written.extend(call.depends_on.iter().filter_map(address_of).map(|address| instance.path.join(&address)));
    }
    written
}

/// The resources that `replace_triggered_by` names, made absolute. Of an argument of a resource, the resource.
pub(super) fn triggers(walk: &mut Walk<'_>, at: usize, own: &[Expression]) -> Vec<Address> {
    let mut found = Vec::new();
    for expression in own {
        let address = address_of(expression).map(|address| address.of_block());
        let module = &walk.configuration.modules[walk.instances[at].module].module;
        let is_declared = |address: &Address| {
            module.resources.contains_key(&(address.kind().to_string(), address.name().to_string()))
        };
        match address.filter(is_declared) {
            Some(address) => found.push(walk.instances[at].path.join(&address)),
            None => {
                let detail = "replace_triggered_by lists references to resources of the same module.";
                walk.diagnostics.push(Diagnostic::error("Invalid reference", detail).at(expression.span));
            }
        }
    }
    found
}

/// Replaces written addresses by those of the resource instances they cover.
fn expand_dependencies(walk: &mut Walk<'_>) {
    if walk.resources.iter().all(|resource| resource.depends_on.is_empty()) {
        return;
    }
    // All instances by what covers them, whichever keys that names.
    let mut covered: HashMap<Address, Vec<Address>> = HashMap::new();
    for Resource { address, .. } in &walk.resources {
        let around = address.modules().map(|module| module.without_keys());
        for name in around.chain([address.without_keys()]) {
            covered.entry(name).or_default().push(address.clone());
        }
    }
    for resource in &mut walk.resources {
        let mut expanded: Vec<Address> = Vec::new();
        for written in &resource.depends_on {
            let candidates = covered.get(&written.without_keys()).into_iter().flatten();
            expanded.extend(candidates.filter(|a| written.contains(a) && **a != resource.address).cloned());
        }
        expanded.sort_unstable();
        expanded.dedup();
        resource.depends_on = expanded;
    }
}
