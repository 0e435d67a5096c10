//! The definition of a component: what its `module.hcl` says. Its blocks are read in `definition`.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::config::Edition;
use crate::config::Secret;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;
use crate::lang::AssignedValue;
use crate::lang::Assignment;
use crate::lang::Block;
use crate::lang::EvaluatedDefinition;
use crate::lang::NoFiles;
use crate::lang::Origin;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::disguised;
use crate::lang::evaluate_definition;
use crate::object::ObjectId;
use crate::object::ReadinessRule;
use crate::object::Residue;

use super::Kept;
use super::Login;
use super::MenuEntry;
use super::NeededSecret;
use super::Role;
use super::definition;

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
    /// What of it cannot be made again.
    pub kept: Option<Kept>,
    /// Workloads that may run several times, by name.
    pub replicated: Vec<String>,
    /// Workloads that run once, by name, with the reason.
    pub alone: BTreeMap<String, String>,
    /// Workloads that reach what is outside of the cluster, by name.
    pub goes_out: Vec<String>,
    /// What it stands for towards the blocks of a configuration.
    pub roles: Vec<Role>,
    /// Where it keeps who may log in.
    pub login: Option<Login>,
    /// The Service that people come to the platform through.
    pub gateway: Option<ObjectId>,
    pub secrets: Vec<NeededSecret>,
    /// Values that other components may read; unknown as long as what they are made of is.
    pub exports: BTreeMap<String, Value>,
    /// What the dashboard offers of it.
    pub menu: Vec<MenuEntry>,
    /// Nothing of those entries waits for names that are not decided.
    pub menu_is_known: bool,
    /// Values of the variables.
    pub inputs: BTreeMap<String, Json>,
    pub locals: BTreeMap<String, Json>,
    /// Every text under a value that is marked sensitive.
    pub hidden: Vec<Secret>,
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
    is_disguised: bool,
) -> (Component, bool, Diagnostics) {
    let definition =
        |inputs: &[Assignment]| evaluate_definition(sources, &[file], &definition::BLOCKS, scope, inputs, &NoFiles);
    let mut found = definition(inputs);
    if is_disguised {
        let secret = found.variables.iter().filter(|(_, value)| value.contains_sensitive());
        let others = secret.map(|(name, value)| Assignment {
            name: name.clone(),
            value: AssignedValue::Value(disguised(value), None),
            origin: Origin::Caller,
        });
        let inputs: Vec<Assignment> = inputs.iter().cloned().chain(others).collect();
        let other = definition(&inputs);
        // What would not be valid in disguise stays as it is.
        if !other.diagnostics.has_errors() {
            found = other;
        }
    }
    let definition = found;
    let mut hidden = Vec::new();
    let values = definition.variables.values().chain(definition.locals.values());
    values.for_each(|value| value.secret_texts(false, &mut hidden));
    let known = is_known(&definition);
    let EvaluatedDefinition { blocks, variables, locals, mut diagnostics } = definition;
    let json = |(name, value): (&String, &Value)| (name.clone(), value.to_json());
    let menu_is_known = blocks.iter().filter(|block| block.kind == "menu").all(block_is_known);
    let mut component = Component {
        name: name.to_owned(),
        menu_is_known,
        when: true,
        hidden: hidden.into_iter().map(Secret::new).collect(),
        inputs: variables.iter().map(json).collect(),
        locals: locals.iter().map(json).collect(),
        ..Component::default()
    };
    for block in &blocks {
        definition::read(block, &mut component, &mut diagnostics);
    }
    if component.span.is_none() && !diagnostics.has_errors() {
        let detail = format!("The definition of \"{name}\" has no \"component\" block.");
        diagnostics.push(Diagnostic::error("Missing component block", detail).at(Span::new(file, 0..0)));
    }
    (component, known, diagnostics)
}

/// Whether every value of a definition is known.
fn is_known(definition: &EvaluatedDefinition) -> bool {
    definition.locals.values().chain(definition.variables.values()).all(Value::is_wholly_known)
        && definition.blocks.iter().all(block_is_known)
}

fn block_is_known(block: &Block) -> bool {
    block.body.attributes.values().all(|attribute| attribute.value.is_wholly_known())
        && block.body.blocks.iter().all(block_is_known)
}
