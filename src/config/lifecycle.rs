//! What `lifecycle`, `moved` and `removed` say, held against what there is: names of arguments, kinds, declarations.

use std::collections::BTreeSet;

use super::RESOURCE_KINDS;
use super::schema;
use super::schema::Block;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Span;
use crate::diag::nearest;
use crate::lang::Evaluated;
use crate::lang::IgnoreChanges;
use crate::lang::Resource;
use crate::object::Address;

/// Reports what cannot be honoured.
pub(super) fn check(evaluated: &Evaluated, diagnostics: &mut Diagnostics) {
    // Instances of one block say the same: once is enough.
    let mut told: BTreeSet<(SourceId, usize)> = BTreeSet::new();
    for resource in &evaluated.resources {
        let Some(schema) = schema::block(resource.address.kind()) else { continue };
        let schema = schema.of(&resource.body);
        let mut found = Diagnostics::new();
        ignored(resource, schema, &mut found);
        created_before(resource, schema, &mut found);
        for finding in found {
            let place = finding.span.map(|span| (span.source, span.start));
            if place.is_none_or(|place| told.insert(place)) {
                diagnostics.push(finding);
            }
        }
    }
    for moved in &evaluated.moved {
        let kinds = [&moved.from, &moved.to].map(|(address, span)| known_kind(address, *span, diagnostics));
        if let [Some(from), Some(to)] = kinds
            && from != to
        {
            let detail =
                format!("{} is a {from} and {} a {to}: one cannot become the other.", moved.from.0, moved.to.0);
            diagnostics.push(Diagnostic::error("Move between kinds", detail).at(moved.to.1));
        }
        // A resource may move to instances of its own, as from user.a to user.a["x"].
        let (from, to) = (&moved.from.0, &moved.to.0);
        let into_instances = from != to && from.contains(to);
        let is_named = |other: &Address| if into_instances { from == other } else { from.contains(other) };
        if let Some(still) = evaluated.resources.iter().find(|resource| is_named(&resource.address)) {
            let detail = format!("{} is still declared, so it has not moved to {to}.", still.address);
            let finding = Diagnostic::error("Moved from something declared", detail)
                .at(moved.from.1)
                .help("Rename the declared block, or remove the moved block.");
            diagnostics.push(finding);
        }
    }
    for removed in &evaluated.removed {
        let (from, span) = &removed.from;
        known_kind(from, *span, diagnostics);
        if let Some(still) = evaluated.resources.iter().find(|resource| from.contains(&resource.address)) {
            let finding = Diagnostic::error("Removed and declared", format!("{} is still declared.", still.address))
                .at(*span)
                .help("Remove its block, or the removed block.");
            diagnostics.push(finding);
        }
    }
}

/// The names in `ignore_changes` are arguments, blocks, or arguments of blocks.
fn ignored(resource: &Resource, schema: &Block, diagnostics: &mut Diagnostics) {
    let IgnoreChanges::Some(paths) = &resource.lifecycle.ignore_changes else { return };
    for (path, span) in paths.iter().zip(&resource.lifecycle_places.ignore_changes) {
        if let Err((what, wrong, help)) = resolve(schema, path) {
            let detail = format!("{what} has no argument or block \"{wrong}\" whose changes could be ignored.");
            let finding = Diagnostic::error("Unknown argument", detail)
                .at(*span)
                .about(&resource.address)
                .help_option(help.map(|near| format!("Did you mean \"{near}\"?")));
            diagnostics.push(finding);
        }
    }
}

/// Follows a path such as `network.vpc`, `component["mlflow"].inputs` or `tags["env"]`. What is inside of an argument is
/// not looked at.
///
/// # Errors
/// The block that lacks a name, the name, and one like it.
fn resolve<'s>(schema: &'s Block, path: &str) -> Result<(), (String, String, Option<&'s str>)> {
    let mut block = schema;
    let mut wants_label = false;
    for (name, is_indexed) in steps(path) {
        if std::mem::take(&mut wants_label) {
            continue;
        }
        if block.argument(name).is_some() {
            return Ok(());
        }
        match block.block(name) {
            Some(nested) => {
                wants_label = !nested.label.is_empty() && !is_indexed;
                block = nested;
            }
            None => {
                let arguments = block.arguments.iter().map(|argument| argument.name.as_str());
                let names = arguments.chain(block.blocks.iter().map(|block| block.name.as_str()));
                return Err((block.name.clone(), name.to_owned(), nearest(name, names)));
            }
        }
    }
    Ok(())
}

/// The names of a path between its dots, and whether an index follows; dots in an index do not count.
fn steps(path: &str) -> Vec<(&str, bool)> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let is_indexed = after.starts_with('[');
        // The index ends at a bracket with a dot or the end behind it.
        let index = if is_indexed { after.find("].").map_or(after.len(), |at| at + 1) } else { 0 };
        steps.push((name, is_indexed));
        rest = after[index..].strip_prefix('.').unwrap_or_default();
    }
    steps
}

/// There cannot be two of a name at once.
fn created_before(resource: &Resource, schema: &Block, diagnostics: &mut Diagnostics) {
    let (true, Some(identity)) = (resource.lifecycle.create_before_destroy, &schema.identity) else { return };
    let kind = &schema.name;
    let detail = format!(
        "\"{identity}\" is what a {kind} is known by, and there cannot be two of a name: the old one must be gone before \
         the new one is made."
    );
    let finding = Diagnostic::error("Cannot create before destroying", detail)
        .at_option(resource.lifecycle_places.create_before_destroy)
        .about(&resource.address)
        .help("Remove create_before_destroy.");
    diagnostics.push(finding);
}

/// The kind that an address names; `module` for a whole module. `None` is reported.
fn known_kind<'a>(address: &'a Address, span: Span, diagnostics: &mut Diagnostics) -> Option<&'a str> {
    let kind = address.kind();
    if kind.is_empty() {
        return Some("module");
    }
    if RESOURCE_KINDS.contains(&kind) {
        return Some(kind);
    }
    let help = match nearest(kind, RESOURCE_KINDS) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None => format!("The kinds are {}.", RESOURCE_KINDS.join(", ")),
    };
    let detail = format!("There is no kind of resource \"{kind}\".");
    diagnostics.push(Diagnostic::error("Unknown kind", detail).at(span).help(help));
    None
}
