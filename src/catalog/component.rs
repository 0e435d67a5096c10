//! The definition of a component: what its `module.hcl` says, and its files.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::config::Edition;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;
use crate::lang::Assignment;
use crate::lang::Block;
use crate::lang::Definition;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::evaluate_definition;
use crate::object::ReadinessRule;
use crate::object::Residue;

use super::NeededSecret;
use super::SecretFormat;
use super::decode::Decoder;
use super::decode::label;

/// A component as its author defines it, with variables and locals evaluated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Component {
    pub name: String,
    pub title: String,
    pub description: String,
    /// Of its namespaced objects that say none; empty where all of them do.
    pub namespace: String,
    /// Components that are enabled with it and serve before it.
    pub requires: Vec<String>,
    /// Components that serve before it where they are enabled.
    pub after: Vec<String>,
    /// Components it cannot stand beside, with the reason.
    pub conflicts: BTreeMap<String, String>,
    /// Editions in which it is on by default.
    pub editions: Vec<Edition>,
    /// A further condition for being on by default, as `platform.gpu.sharing != "none"`; `true` where none is given.
    pub when: bool,
    pub readiness: Vec<ReadinessRule>,
    /// What its programs make elsewhere and leave behind.
    pub leaves: Vec<Residue>,
    pub secrets: Vec<NeededSecret>,
    /// Values of the variables.
    pub inputs: BTreeMap<String, Json>,
    pub locals: BTreeMap<String, Json>,
    /// The line that opens the `component` block.
    pub span: Option<Span>,
}

/// Evaluates a `module.hcl`.
///
/// # Returns
///
/// The component; `true` where nothing in it depends on a name of `scope` that is unknown; findings.
pub(super) fn evaluate(
    name: &str,
    file: SourceId,
    sources: &Sources,
    scope: &Scope,
    inputs: &[Assignment],
) -> (Component, bool, Diagnostics) {
    let types = ["component", "generated"];
    let definition = evaluate_definition(sources, &[file], &types, scope, inputs, &NoFiles);
    let known = is_known(&definition);
    let Definition { blocks, variables, locals, mut diagnostics } = definition;
    let json = |(name, value): (&String, &crate::lang::Value)| (name.clone(), value.to_json());
    let mut component = Component {
        name: name.to_owned(),
        when: true,
        inputs: variables.iter().map(json).collect(),
        locals: locals.iter().map(json).collect(),
        ..Component::default()
    };
    for block in &blocks {
        match block.kind.as_str() {
            "component" => read_component(block, &mut component, &mut diagnostics),
            _ => {
                let Some(needed) = read_generated(name, block, &mut diagnostics) else { continue };
                if component.secrets.iter().any(|known| known.name == needed.name) {
                    let detail = format!("A generated value named \"{}\" is already defined.", needed.name);
                    diagnostics.push(Diagnostic::error("Duplicate generated value", detail).at(block.span));
                } else {
                    component.secrets.push(needed);
                }
            }
        }
    }
    if component.span.is_none() && !diagnostics.has_errors() {
        let detail = format!("The definition of \"{name}\" has no \"component\" block.");
        diagnostics.push(Diagnostic::error("Missing component block", detail).at(Span::new(file, 0..0)));
    }
    (component, known, diagnostics)
}

/// Whether every value of a definition is known.
fn is_known(definition: &Definition) -> bool {
    fn block_is_known(block: &Block) -> bool {
        block.body.attributes.values().all(|attribute| attribute.value.is_wholly_known())
            && block.body.blocks.iter().all(block_is_known)
    }
    definition.locals.values().chain(definition.variables.values()).all(crate::lang::Value::is_wholly_known)
        && definition.blocks.iter().all(block_is_known)
}

fn read_component(block: &Block, component: &mut Component, diagnostics: &mut Diagnostics) {
    if let Some(first) = component.span {
        let detail = "A component is defined by one \"component\" block.";
        diagnostics
            .push(Diagnostic::error("Duplicate component block", detail).at(block.span).related(first, "first here"));
        return;
    }
    component.span = Some(block.span);
    let arguments = ["title", "description", "namespace", "requires", "after", "conflicts", "editions", "when"];
    let mut decoder = Decoder::new(block, &arguments, &["readiness", "leaves"], diagnostics);
    component.title = decoder.text("title").unwrap_or_else(|| component.name.clone());
    component.description = decoder.text("description").unwrap_or_default();
    component.namespace = decoder.text("namespace").unwrap_or_default();
    component.requires = decoder.texts("requires");
    component.after = decoder.texts("after");
    component.conflicts = decoder.text_map("conflicts");
    component.when = decoder.bool("when").unwrap_or(true);
    for edition in decoder.texts("editions") {
        match [Edition::Mini, Edition::Enterprise].into_iter().find(|known| known.as_str() == edition) {
            Some(edition) => component.editions.push(edition),
            None => decoder.refuse("editions", format!("\"{edition}\" is no edition; there are mini and enterprise.")),
        }
    }
    for nested in block.body.blocks_of("readiness") {
        let Some(group_kind) = label(nested, "Kind.group", diagnostics) else { continue };
        let mut decoder = Decoder::new(nested, &["conditions", "failures", "creates"], &[], diagnostics);
        let (kind, group) = group_kind.split_once('.').unwrap_or((&group_kind, ""));
        component.readiness.push(ReadinessRule {
            group: group.to_owned(),
            kind: kind.to_owned(),
            conditions: decoder.texts("conditions"),
            failures: decoder.texts("failures"),
            creates: decoder.texts("creates"),
        });
    }
    for nested in block.body.blocks_of("leaves") {
        let Some(kind) = label(nested, "Kind.group", diagnostics) else { continue };
        let mut decoder = Decoder::new(nested, &["name", "namespace", "labels"], &[], diagnostics);
        component.leaves.push(Residue {
            kind,
            name: decoder.required_text("name"),
            namespace: decoder.text("namespace").unwrap_or_default(),
            labels: decoder.text_map("labels"),
        });
    }
}

fn read_generated(component: &str, block: &Block, diagnostics: &mut Diagnostics) -> Option<NeededSecret> {
    let name = label(block, "the value's name", diagnostics)?;
    let mut decoder = Decoder::new(block, &["secret", "key", "format", "length"], &[], diagnostics);
    let secret = decoder.required_text("secret");
    let key = decoder.required_text("key");
    let length = decoder.count("length").unwrap_or(32);
    let format = decoder.text("format");
    let format = match format.as_deref().map(SecretFormat::from_name) {
        None => SecretFormat::default(),
        Some(Some(format)) => format,
        Some(None) => {
            let names = SecretFormat::NAMES.map(|(name, _)| name).join(", ");
            decoder.refuse("format", format!("The format must be one of {names}."));
            SecretFormat::default()
        }
    };
    let Some((secret_namespace, secret_name)) = secret.split_once('/') else {
        decoder.refuse("secret", "The Secret must be given as \"namespace/name\".".to_owned());
        return None;
    };
    Some(NeededSecret {
        component: component.to_owned(),
        name,
        secret_namespace: secret_namespace.to_owned(),
        secret_name: secret_name.to_owned(),
        key,
        format,
        length,
    })
}
