//! Reads schemas from HCL: `block "user" { argument "email" { type = "string" … } … }`. What several blocks have in common
//! stands once in `shared "name" { … }`, and each says `include = ["name"]`. Where an argument's value decides what a block
//! takes, each value has a `variant "value" { of = "block" … }`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Argument;
use super::Block;
use super::Encoding;
use super::Fields;
use super::Kind;
use crate::config::rules;
use crate::config::rules::Check;
use crate::config::rules::Pattern;
use crate::config::rules::Rule;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Sources;
use crate::diag::Span;
use crate::lang;
use crate::lang::NoFiles;
use crate::lang::Scope;
use crate::lang::Value;
use crate::lang::evaluate_definition;

/// The blocks that files describe, each file with path and text. What is wrong with them is told; what is sound of
/// them is read.
pub fn read(files: &[(&str, &str)]) -> (Vec<Block>, Diagnostics) {
    let (found, mut diagnostics) = evaluated(files, &["block", "shared", "variant"]);
    let shared: Shared<'_> =
        found.iter().filter(|one| one.kind == "shared").map(|one| (label(one), &one.body)).collect();
    let blocks = found.iter().filter(|one| one.kind == "block");
    let mut blocks: Vec<Block> = blocks.map(|one| block(one, &shared, &mut diagnostics)).collect();
    for one in found.iter().filter(|one| one.kind == "variant") {
        let of = text(&one.body, "of");
        match blocks.iter_mut().find(|block| block.name == of && !block.decided_by.is_empty()) {
            Some(whole) => add_variant(whole, block(one, &shared, &mut diagnostics)),
            None => {
                let detail = format!("Block \"{of}\" has no variants.");
                diagnostics.push(Diagnostic::error("Unknown choice", detail).at(one.span));
            }
        }
    }
    (blocks, diagnostics)
}

/// Makes a whole block of a variant, and a choice of its name.
fn add_variant(block: &mut Block, mut own: Block) {
    own.variant = std::mem::take(&mut own.name);
    own.name = format!("{} of {} {}", block.name, block.decided_by, own.variant);
    own.label.clone_from(&block.label);
    own.label_rule.clone_from(&block.label_rule);
    own.identity.clone_from(&block.identity);
    own.arguments.splice(0..0, block.arguments.iter().cloned());
    own.blocks.splice(0..0, block.blocks.iter().cloned());
    block.variants.push(own);
    let choices: Vec<String> = block.variants.iter().map(|variant| variant.variant.clone()).collect();
    let all = block.variants.iter_mut().map(|variant| &mut variant.arguments).chain([&mut block.arguments]);
    for argument in all.flatten().filter(|argument| argument.name == block.decided_by) {
        argument.choices.clone_from(&choices);
    }
}

/// The rules of a file with path and text.
pub fn rules(file: (&str, &str)) -> (Vec<Rule>, Diagnostics) {
    let (found, mut diagnostics) = evaluated(&[file], &["rule"]);
    let mut read = Vec::new();
    for one in &found {
        let mut patterns = Vec::new();
        for part in &one.body.blocks {
            let (expression, reason) = (text(&part.body, "match"), text(&part.body, "reason"));
            let pattern = match part.kind.as_str() {
                "must_not" => Pattern::must_not(&expression, &reason),
                _ => Pattern::must(&expression, &reason),
            };
            patterns.extend(sound(pattern, part.span, &mut diagnostics));
        }
        read.push(Rule {
            name: label(one),
            summary: text(&one.body, "summary"),
            documentation: text(&one.body, "documentation"),
            known: texts(&one.body, "known"),
            check: Check::Patterns(patterns),
        });
    }
    (read, diagnostics)
}

/// What several blocks may include, by name.
type Shared<'a> = BTreeMap<String, &'a lang::Body>;

fn evaluated(files: &[(&str, &str)], kinds: &[&str]) -> (Vec<lang::Block>, Diagnostics) {
    let mut sources = Sources::new();
    let ids: Vec<_> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    let definition = evaluate_definition(&sources, &ids, kinds, &Scope::default(), &[], &NoFiles);
    (definition.blocks, definition.diagnostics)
}

fn block(found: &lang::Block, shared: &Shared<'_>, diagnostics: &mut Diagnostics) -> Block {
    let body = &found.body;
    // Its own arguments and blocks, then what it includes.
    let mut bodies = vec![body];
    for name in texts(body, "include") {
        match shared.get(&name) {
            Some(body) => bodies.push(body),
            None => {
                let detail = format!("Nothing shared is called \"{name}\".");
                diagnostics.push(Diagnostic::error("Unknown choice", detail).at(found.span));
            }
        }
    }
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
        arguments: bodies.iter().flat_map(|body| arguments(body, diagnostics)).collect(),
        blocks: bodies
            .iter()
            .flat_map(|body| body.blocks_of("block"))
            .map(|nested| block(nested, shared, diagnostics))
            .collect(),
        identity: Some(text(body, "identity")).filter(|name| !name.is_empty()),
        provider_specific: flag(body, "provider_specific"),
        decided_by: text(body, "decided_by"),
        variants: Vec::new(),
        variant: String::new(),
        field: text(body, "field"),
        calls_back: flag(body, "calls_back"),
        needs: needs(body),
    }
}

/// Components with the least version.
fn needs(body: &lang::Body) -> BTreeMap<String, String> {
    let entries = body.value("needs").and_then(Value::as_entries).into_iter().flatten();
    entries.filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned()))).collect()
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
        rule: rule(body, "rule", diagnostics).or_else(|| pattern(body, diagnostics)),
        key_rule: rule(body, "key_rule", diagnostics),
        immutable: flag(body, "immutable"),
        sensitive: flag(body, "sensitive"),
        since: text(body, "since"),
        documentation: text(body, "documentation"),
        exclusive_with: texts(body, "exclusive_with"),
        warning: text(body, "warning"),
        together: texts(body, "together"),
        instead_of: text(body, "instead_of"),
        field: text(body, "field"),
        encoding: encoding(body, diagnostics),
        needs: needs(body),
        hint: text(body, "hint"),
        from_label: flag(body, "from_label"),
        provider_specific: flag(body, "provider_specific"),
    }
}

fn encoding(body: &lang::Body, diagnostics: &mut Diagnostics) -> Encoding {
    let Some(attribute) = body.attributes.get("encoding") else { return Encoding::Plain };
    let wanted = attribute.value.as_str().unwrap_or_default();
    let known = Encoding::NAMES.iter().find(|(name, _)| *name == wanted).map(|(_, encoding)| *encoding);
    known.unwrap_or_else(|| {
        let detail = format!("\"{wanted}\" is no encoding.");
        diagnostics.push(Diagnostic::error("Unknown choice", detail).at(attribute.value_span));
        Encoding::Plain
    })
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

fn rule(body: &lang::Body, name: &str, diagnostics: &mut Diagnostics) -> Option<Arc<Rule>> {
    let attribute = body.attributes.get(name)?;
    let wanted = attribute.value.as_str().unwrap_or_default();
    let rule = rules::named(wanted);
    if rule.is_none() {
        let detail = format!("There is no rule \"{wanted}\".");
        diagnostics.push(Diagnostic::error("Unknown choice", detail).at(attribute.value_span));
    }
    rule
}

/// A rule that an argument says itself.
fn pattern(body: &lang::Body, diagnostics: &mut Diagnostics) -> Option<Arc<Rule>> {
    let attribute = body.attributes.get("pattern")?;
    let expression = attribute.value.as_str().unwrap_or_default();
    let reason = match text(body, "pattern_reason") {
        reason if reason.is_empty() => format!("it does not match {expression}"),
        reason => reason,
    };
    let pattern = sound(Pattern::must(expression, &reason), attribute.value_span, diagnostics)?;
    Some(Arc::new(Rule {
        name: String::new(),
        summary: "Invalid value".into(),
        documentation: format!("matching `{expression}`"),
        known: Vec::new(),
        check: Check::Patterns(vec![pattern]),
    }))
}

fn sound(pattern: Result<Pattern, String>, span: Span, diagnostics: &mut Diagnostics) -> Option<Pattern> {
    pattern.map_err(|reason| diagnostics.push(Diagnostic::error("Invalid regular expression", reason).at(span))).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_include_what_is_shared() {
        let text = r#"
            shared "common" {
              argument "b" {
                type = "string"
              }
              block "c" {}
            }
            block "one" {
              include = ["common"]
              argument "a" {
                type = "string"
              }
            }
            block "two" {
              include = ["other"]
            }
        "#;
        let (blocks, diagnostics) = read(&[("a.hcl", text)]);
        let names: Vec<&str> = blocks[0].arguments.iter().map(|argument| argument.name.as_str()).collect();
        assert_eq!((names.as_slice(), blocks[0].blocks[0].name.as_str()), (["a", "b"].as_slice(), "c"));
        assert_eq!(blocks.len(), 2);
        let details: Vec<&str> = diagnostics.iter().map(|finding| finding.detail.as_str()).collect();
        assert_eq!(details, ["Nothing shared is called \"other\"."]);
    }

    #[test]
    fn an_argument_says_a_pattern() {
        let text = |pattern: &str| {
            format!(
                "block \"a\" {{\n  argument \"b\" {{\n    type = \"string\"\n    pattern = \"{pattern}\"\n    pattern_reason = \"it must be small\"\n  }}\n}}\n"
            )
        };
        let (blocks, diagnostics) = read(&[("a.hcl", &text("[a-z]+"))]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let rule = blocks[0].arguments[0].rule.as_ref().expect("a rule");
        assert_eq!((rule.text("abc"), rule.text("aBc")), (Ok(()), Err("it must be small".to_owned())));
        let (blocks, diagnostics) = read(&[("a.hcl", &text("[a-z"))]);
        assert!(blocks[0].arguments[0].rule.is_none());
        assert_eq!(
            diagnostics.iter().map(|finding| finding.summary.as_str()).collect::<Vec<_>>(),
            ["Invalid regular expression"]
        );
    }
}
