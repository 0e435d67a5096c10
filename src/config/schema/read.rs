//! Reads schemas from HCL: `block "user" { argument "email" { type = "string" … } … }`.

use super::Argument;
use super::Block;
use super::Fields;
use super::Kind;
use crate::config::rules;
use crate::config::rules::Rule;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::lang;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::evaluate_definition;

/// The blocks that files describe, each file with path and text. What is wrong with them is told; what is sound of
/// them is read.
pub fn read(files: &[(&str, &str)]) -> (Vec<Block>, Diagnostics) {
    let mut sources = Sources::new();
    let ids: Vec<_> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    let definition = evaluate_definition(&sources, &ids, &["block"], &Scope::default(), &[], &NoFiles);
    let mut diagnostics = definition.diagnostics;
    let blocks = definition.blocks.iter().map(|found| block(found, &mut diagnostics)).collect();
    (blocks, diagnostics)
}

fn block(found: &lang::Block, diagnostics: &mut Diagnostics) -> Block {
    let body = &found.body;
    let count = |name: &str| body.value(name).and_then(Value::as_i64).and_then(|count| usize::try_from(count).ok());
    Block {
        name: label(found),
        documentation: text(body, "documentation"),
        example: text(body, "example").trim_end().to_owned(),
        label: text(body, "label"),
        label_rule: rule(body, "label_rule", diagnostics),
        label_repeats: flag(body, "label_repeats"),
        minimum: count("minimum").unwrap_or(0),
        maximum: count("maximum"),
        arguments: arguments(body, diagnostics),
        blocks: body.blocks_of("block").map(|nested| block(nested, diagnostics)).collect(),
        identity: Some(text(body, "identity")).filter(|name| !name.is_empty()),
        provider_specific: flag(body, "provider_specific"),
    }
}

fn arguments(body: &lang::Body, diagnostics: &mut Diagnostics) -> Vec<Argument> {
    body.blocks_of("argument").map(|found| argument(found, diagnostics)).collect()
}

/// One `argument` block.
pub fn argument(found: &lang::Block, diagnostics: &mut Diagnostics) -> Argument {
    let body = &found.body;
    let number = |name: &str| body.value(name).and_then(Value::as_i64);
    Argument {
        name: label(found),
        kind: kind(found, diagnostics),
        required: flag(body, "required"),
        default: body.value("default").cloned(),
        otherwise: text(body, "otherwise"),
        choices: texts(body, "choices"),
        minimum: number("minimum"),
        maximum: number("maximum"),
        rule: rule(body, "rule", diagnostics),
        key_rule: rule(body, "key_rule", diagnostics),
        immutable: flag(body, "immutable"),
        sensitive: flag(body, "sensitive"),
        since: text(body, "since"),
        documentation: text(body, "documentation"),
        exclusive_with: texts(body, "exclusive_with"),
        hint: text(body, "hint"),
        from_label: flag(body, "from_label"),
        provider_specific: flag(body, "provider_specific"),
    }
}

fn kind(found: &lang::Block, diagnostics: &mut Diagnostics) -> Kind {
    let references = text(&found.body, "references");
    match text(&found.body, "type").as_str() {
        "" if !references.is_empty() => Kind::Reference(references),
        "string" if !references.is_empty() => Kind::ReferenceOrText(references),
        "string" => Kind::Text,
        "number" => Kind::Number,
        "bool" => Kind::Bool,
        "list(string)" => Kind::Texts,
        "map(string)" => Kind::TextMap,
        "changes(string)" => Kind::Changes,
        "list(object)" => Kind::Objects(Fields(arguments(&found.body, diagnostics))),
        "provider" => Kind::Provider,
        "map" => Kind::Map,
        "any" => Kind::Any,
        other => {
            let detail = format!("\"{other}\" is no type of an argument.");
            diagnostics.push(Diagnostic::error("Unknown choice", detail).at(found.span));
            Kind::Any
        }
    }
}

fn rule(body: &lang::Body, name: &str, diagnostics: &mut Diagnostics) -> Option<&'static Rule> {
    let attribute = body.attributes.get(name)?;
    let wanted = attribute.value.as_str().unwrap_or_default();
    let rule = rules::named(wanted);
    if rule.is_none() {
        let detail = format!("There is no rule \"{wanted}\".");
        diagnostics.push(Diagnostic::error("Unknown choice", detail).at(attribute.value_span));
    }
    rule
}

fn label(found: &lang::Block) -> String {
    found.labels.first().map(|(label, _)| label.clone()).unwrap_or_default()
}

fn text(body: &lang::Body, name: &str) -> String {
    body.value(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(body: &lang::Body, name: &str) -> Vec<String> {
    let elements = body.value(name).and_then(Value::as_elements).unwrap_or_default();
    elements.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn flag(body: &lang::Body, name: &str) -> bool {
    body.value(name).and_then(Value::as_bool).unwrap_or(false)
}
