//! Evaluates the body of a block: arguments, nested blocks, `dynamic` blocks.

use indexmap::IndexMap;

use super::Attribute;
use super::Block;
use super::Body;
use super::Content;
use super::Value;
use super::evaluate::Evaluator;
use super::syntax::Expression;
use super::syntax::SyntaxBlock;
use super::syntax::SyntaxBody;
use crate::diag::Span;

/// A body and the arguments that are written but null, which the body leaves out.
pub(super) fn body(evaluator: &mut Evaluator<'_>, syntax: &SyntaxBody) -> Body {
    let mut attributes = IndexMap::new();
    for attribute in &syntax.attributes {
        let value = evaluator.evaluate(&attribute.value);
        if !value.is_null() {
            let name_span = attribute.name.span;
            let value_span = attribute.value.span;
            attributes.insert(attribute.name.text.clone(), Attribute { value, name_span, value_span });
        }
    }
    let mut blocks = Vec::new();
    for nested in &syntax.blocks {
        if nested.kind.text == "dynamic" {
            dynamic(evaluator, nested, &mut blocks);
        } else {
            blocks.push(block(evaluator, nested));
        }
    }
    Body { attributes, blocks, span: syntax.span }
}

/// A block with its labels.
pub(super) fn block(evaluator: &mut Evaluator<'_>, syntax: &SyntaxBlock) -> Block {
    Block {
        kind: syntax.kind.text.clone(),
        kind_span: syntax.kind.span,
        labels: syntax.labels.iter().map(|label| (label.text.clone(), label.span)).collect(),
        body: body(evaluator, &syntax.body),
        span: syntax.span,
    }
}

fn dynamic(evaluator: &mut Evaluator<'_>, syntax: &SyntaxBlock, blocks: &mut Vec<Block>) {
    let [kind] = syntax.labels.as_slice() else {
        evaluator.error(syntax.span, "Invalid dynamic block", "A dynamic block has one label: the type of the blocks.");
        return;
    };
    let mut for_each: Option<&Expression> = None;
    let mut iterator = kind.text.clone();
    let mut labels: Option<&Expression> = None;
    for attribute in &syntax.body.attributes {
        match attribute.name.text.as_str() {
            "for_each" => for_each = Some(&attribute.value),
            "labels" => labels = Some(&attribute.value),
            "iterator" => match attribute.value.as_name() {
                Some(name) => iterator = name.to_string(),
                None => {
                    let detail = "The iterator is a bare name.";
                    evaluator.error(attribute.value.span, "Invalid expression", detail);
                }
            },
            other => {
                let detail = format!("A dynamic block has no argument \"{other}\".");
                evaluator.error(attribute.name.span, "Unknown argument", detail);
            }
        }
    }
    let content = match syntax.body.blocks.as_slice() {
        [content] if content.kind.text == "content" => content,
        _ => {
            let detail = "A dynamic block holds exactly one block of type \"content\".";
            evaluator.error(syntax.span, "Invalid dynamic block", detail);
            return;
        }
    };
    let Some(for_each) = for_each else {
        evaluator.error(syntax.span, "Missing argument", "A dynamic block needs the argument \"for_each\".");
        return;
    };
    let collection = evaluator.evaluate(for_each);
    let Some(entries) = dynamic_entries(evaluator, &collection, for_each.span) else { return };
    for (key, value) in entries {
        evaluator.bind(&iterator, Value::object([("key".to_string(), key), ("value".to_string(), value)]));
        let labels = labels.map_or_else(Vec::new, |labels| dynamic_labels(evaluator, labels));
        let body = body(evaluator, &content.body);
        blocks.push(Block { kind: kind.text.clone(), kind_span: kind.span, labels, body, span: syntax.span });
        evaluator.unbind();
    }
}

fn dynamic_entries(evaluator: &mut Evaluator<'_>, collection: &Value, span: Span) -> Option<Vec<(Value, Value)>> {
    let summary = "Invalid dynamic for_each value";
    let sensitive = collection.is_sensitive();
    let mark = |value: &Value| value.clone().with_sensitivity(sensitive);
    match collection.content() {
        Content::List(_, elements) | Content::Tuple(elements) => {
            Some(elements.iter().enumerate().map(|(at, e)| (Value::number(at), mark(e))).collect())
        }
        Content::Set(_, elements) => Some(elements.iter().map(|e| (mark(e), mark(e))).collect()),
        Content::Map(_, entries) | Content::Object(entries) => {
            Some(entries.iter().map(|(k, v)| (Value::string(k.as_str()), mark(v))).collect())
        }
        Content::Unknown(_) => {
            // After an error in the expression itself there is nothing to add.
            if !evaluator.diagnostics.has_errors() {
                let detail = "The number of blocks depends on values that are known only after apply.";
                evaluator.error(span, summary, detail);
            }
            None
        }
        Content::Null(_) => {
            evaluator.error(span, summary, "for_each is null; use an empty list for no blocks.");
            None
        }
        _ => {
            evaluator.error(span, summary, "for_each must be a list, set, map or object.");
            None
        }
    }
}

fn dynamic_labels(evaluator: &mut Evaluator<'_>, labels: &Expression) -> Vec<(String, Span)> {
    let value = evaluator.evaluate(labels);
    let texts: Option<Vec<String>> =
        value.as_elements().and_then(|elements| elements.iter().map(|e| e.as_str().map(str::to_string)).collect());
    match texts {
        Some(texts) if !value.contains_sensitive() => texts.into_iter().map(|text| (text, labels.span)).collect(),
        _ => {
            evaluator.error(labels.span, "Invalid dynamic block label", "Labels must be a list of known text.");
            Vec::new()
        }
    }
}
