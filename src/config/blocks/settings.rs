//! `stackwright` and `provider`: settings of the whole installation.

use crate::config::Facts;
use crate::config::Installation;
use crate::config::ProviderSettings;
use crate::config::decoder::Decoder;
use crate::config::decoder::Heading;
use crate::config::decoder::Unknown;
use crate::config::node::Node;
use crate::config::schema;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::nearest;
use crate::lang::Block;
use crate::lang::Evaluated;
use crate::lang::version_matches;

/// The installation's name and its providers; resources are added later.
pub fn decode(evaluated: &Evaluated, facts: &Facts, diagnostics: &mut Diagnostics) -> Installation {
    let mut installation = Installation::default();
    let mut decoder = Decoder::new(None, Unknown::Refused, diagnostics);
    stackwright(evaluated, &mut installation, &mut decoder);
    for block in evaluated.settings.iter().filter(|block| block.kind == "provider") {
        provider(block, facts, &mut installation, &mut decoder);
    }
    installation.secrets = decoder.secrets;
    installation
}

fn stackwright(evaluated: &Evaluated, installation: &mut Installation, decoder: &mut Decoder<'_>) {
    let mut blocks = evaluated.settings.iter().filter(|block| block.kind == "stackwright");
    let Some(schema) = schema::block("stackwright") else { return };
    let Some(first) = blocks.next() else {
        let detail = "The configuration does not say what the installation is called. The name marks all that it owns \
                      in a cluster.";
        let help = "Add a block:\n\nstackwright {\n  installation = \"prod\"\n}";
        return decoder.push(Diagnostic::error("No stackwright block", detail).help(help));
    };
    for second in blocks {
        decoder.note_all_secrets(&second.body);
        let detail = "A configuration has one \"stackwright\" block.";
        let finding = Diagnostic::error("Repeated block", detail).at(second.span).related(first.span, "the first one");
        decoder.push(finding);
    }
    let node = decoder.body(schema, &first.body, first.span, Heading::default());
    required_version(&node, decoder);
    installation.name = node.text("installation").unwrap_or_default();
}

/// The program itself must be one the configuration was written for, before anything else is believed.
fn required_version(node: &Node<'_>, decoder: &mut Decoder<'_>) {
    let Some(constraint) = node.text("required_version") else { return };
    let place = node.place("required_version");
    let own = env!("CARGO_PKG_VERSION");
    let finding = match version_matches(&constraint, own) {
        Ok(true) => return,
        Ok(false) => {
            let wanted = if place.sensitive { "another version" } else { constraint.as_str() };
            let detail =
                format!("The configuration needs stackwright {wanted}; this is {own}. Use a version that fits.");
            Diagnostic::error("Unsupported stackwright version", detail)
        }
        Err(_) if place.sensitive => {
            Diagnostic::error("Invalid version constraint", "required_version is no version constraint.")
        }
        Err(reason) => Diagnostic::error("Invalid version constraint", format!("required_version: {reason}.")),
    };
    decoder.push_at(place, finding.at(place.span));
}

fn provider(block: &Block, facts: &Facts, installation: &mut Installation, decoder: &mut Decoder<'_>) {
    let known = block.labels.first().map(|(name, span)| (facts.providers.get(name), name, *span));
    let schema = match known {
        Some((Some(facts), ..)) => &facts.schema,
        Some((None, name, span)) => {
            let names: Vec<&str> = facts.providers.keys().map(String::as_str).collect();
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("Did you mean \"{near}\"?"),
                None => format!("The providers are {}.", names.join(", ")),
            };
            decoder.note_all_secrets(&block.body);
            let detail = format!("There is no provider \"{name}\".");
            return decoder.push(Diagnostic::error("Unknown provider", detail).at(span).help(help));
        }
        // The label is missing, which the general schema tells.
        None => match schema::block("provider") {
            Some(schema) => schema,
            None => return,
        },
    };
    let Some(node) = decoder.block(schema, block) else { return };
    let Some((name, span)) = &node.label else { return };
    let settings = ProviderSettings { arguments: node.written(), span: Some(*span), places: node.places() };
    if let Some(first) = installation.providers.insert(name.clone(), settings) {
        let mut finding = Diagnostic::error("Repeated block", format!("Provider \"{name}\" is set twice.")).at(*span);
        if let Some(first) = first.span {
            finding = finding.related(first, "the first one");
        }
        decoder.push(finding);
    }
}
