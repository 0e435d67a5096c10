//! `stackwright` and `provider`: settings of the whole installation.

use std::collections::BTreeMap;

use crate::config::Facts;
use crate::config::Installation;
use crate::config::ProviderSettings;
use crate::config::decoder::Decoder;
use crate::config::decoder::one_label;
use crate::config::rules;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;
use crate::lang::Block;
use crate::lang::Evaluated;

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
        let mut body = Decoder::new("stackwright", "", &block.body, block.span, diagnostics);
        body.text("required_version");
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
            _ => value.is_string(),
        });
        match value {
            Some(value) => {
                arguments.insert(argument.clone(), value);
            }
            None => {
                let detail = format!("\"{argument}\" of provider {name} must be a {} that is known now.", fact.kind);
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

/// Replaces owners given as `user.alice` by that user's e-mail, once all users are read.
pub fn resolve_user_references(installation: &mut Installation) {
    let emails: BTreeMap<String, String> =
        installation.users.iter().map(|user| (user.address.clone(), user.email.clone())).collect();
    for profile in &mut installation.profiles {
        if let Some(email) = emails.get(&profile.owner) {
            profile.owner = email.clone();
        }
    }
}
