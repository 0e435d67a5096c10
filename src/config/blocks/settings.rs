//! `stackwright` and `provider`: settings of the whole installation.

use std::collections::BTreeMap;

use crate::config::Facts;
use crate::config::Installation;
use crate::config::ProviderSettings;
use crate::config::decoder::Decoder;
use crate::config::decoder::Found;
use crate::config::decoder::one_label;
use crate::config::rules;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;
use crate::lang::Block;
use crate::lang::Evaluated;
use crate::lang::version_matches;

/// The installation's name and its providers; resources are added later.
pub fn decode(evaluated: &Evaluated, facts: &Facts, diagnostics: &mut Diagnostics) -> Installation {
    let mut installation = Installation::default();
    let mut first: Option<&Block> = None;
    for block in evaluated.settings.iter().filter(|block| block.kind == "stackwright") {
        if let Some(first) = first {
            let finding = Diagnostic::error("Repeated block", "A configuration has one \"stackwright\" block.")
                .at(block.span)
                .related(first.span, "the first one");
            diagnostics.push(finding);
            continue;
        }
        first = Some(block);
        let mut body = Decoder::new("stackwright", None, &block.body, block.span, diagnostics);
        if let Some(found) = body.text("required_version") {
            required_version(&mut body, &found);
        }
        body.require("installation");
        if let Some(found) = body.checked_text("installation", "Invalid installation name", rules::label) {
            installation.name = found.value;
        }
        body.finish();
    }
    if first.is_none() {
        let finding = Diagnostic::error(
            "No stackwright block",
            "The configuration does not say what the installation is called. The name marks all that it owns in a cluster.",
        )
        .help("Add a block:\n\nstackwright {\n  installation = \"prod\"\n}");
        diagnostics.push(finding);
    }
    for block in evaluated.settings.iter().filter(|block| block.kind == "provider") {
        provider(block, facts, &mut installation, diagnostics);
    }
    installation
}

/// The program itself must be one the configuration was written for, before anything else is believed.
fn required_version(body: &mut Decoder<'_>, found: &Found<String>) {
    let own = env!("CARGO_PKG_VERSION");
    match version_matches(&found.value, own) {
        Ok(true) => {}
        Ok(false) => body.error(
            "Unsupported stackwright version",
            format!("The configuration needs stackwright {}; this is {own}. Use a version that fits.", found.value),
            found.span,
        ),
        Err(reason) => body.error("Invalid version constraint", format!("required_version: {reason}."), found.span),
    }
}

fn provider(block: &Block, facts: &Facts, installation: &mut Installation, diagnostics: &mut Diagnostics) {
    let Some((name, span)) = one_label(block, "the provider's name", diagnostics) else { return };
    let Some(provider) = facts.providers.get(name) else {
        let names: Vec<&str> = facts.providers.keys().map(String::as_str).collect();
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None => format!("The providers are {}.", names.join(", ")),
        };
        diagnostics.push(
            Diagnostic::error("Unknown provider", format!("There is no provider \"{name}\".")).at(*span).help(help),
        );
        return;
    };
    let mut arguments = BTreeMap::new();
    for (argument, attribute) in &block.body.attributes {
        let Some(fact) = provider.arguments.get(argument) else {
            let help = nearest(argument, provider.arguments.keys().map(String::as_str));
            let detail = format!("Provider {name} has no argument \"{argument}\".");
            let finding = Diagnostic::error("Unknown argument", detail)
                .at(attribute.name_span)
                .help_option(help.map(|near| format!("Did you mean \"{near}\"?")));
            diagnostics.push(finding);
            continue;
        };
        let known = attribute.value.is_wholly_known().then(|| attribute.value.to_json());
        let value = known.filter(|value| match fact.kind.as_str() {
            "number" => value.is_number(),
            "bool" => value.is_boolean(),
            "map" => value.as_object().is_some_and(|map| map.values().all(serde_json::Value::is_string)),
            _ => value.is_string(),
        });
        match value {
            Some(value) => {
                if let Some(finding) = not_allowed(argument, &value, &fact.values) {
                    diagnostics.push(finding.at(attribute.value_span));
                }
                arguments.insert(argument.clone(), value);
            }
            None => {
                let kind = if fact.kind == "map" { "map of strings" } else { &fact.kind };
                let detail = format!("\"{argument}\" of provider {name} must be a {kind} that is known now.");
                diagnostics.push(Diagnostic::error("Wrong type", detail).at(attribute.value_span));
            }
        }
    }
    for (argument, fact) in &provider.arguments {
        if fact.required && !block.body.attributes.contains_key(argument) {
            let detail = format!("Provider {name} needs the argument \"{argument}\": {}.", fact.description);
            diagnostics.push(Diagnostic::error("Missing argument", detail).at(block.span));
        }
    }
    for nested in &block.body.blocks {
        let detail = format!("Provider {name} has no block \"{}\".", nested.kind);
        diagnostics.push(Diagnostic::error("Unknown block", detail).at(nested.kind_span));
    }
    if installation.providers.insert(name.clone(), ProviderSettings { arguments }).is_some() {
        let detail = format!("Provider \"{name}\" is set twice.");
        diagnostics.push(Diagnostic::error("Repeated block", detail).at(*span));
    }
}

/// The first text in a value that is none of those allowed.
fn not_allowed(argument: &str, value: &serde_json::Value, allowed: &[String]) -> Option<Diagnostic> {
    let one = value.as_str().into_iter();
    let mut texts =
        one.chain(value.as_object().into_iter().flat_map(|map| map.values()).filter_map(|one| one.as_str()));
    let wrong = texts.find(|text| !allowed.is_empty() && !allowed.iter().any(|one| one == text))?;
    let help = match nearest(wrong, allowed.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None => format!("Allowed are {}.", allowed.join(", ")),
    };
    Some(Diagnostic::error("Invalid value", format!("\"{wrong}\" is no value for \"{argument}\".")).help(help))
}
