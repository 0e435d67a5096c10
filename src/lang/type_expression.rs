//! Reads `type = ...`: names and calls such as `map(object({ a = optional(string, "x") }))`.

use std::collections::BTreeMap;

use super::NoFiles;
use super::ObjectAttribute;
use super::Scope;
use super::Type;
use super::evaluate::Evaluator;
use super::syntax::Call;
use super::syntax::Expression;
use super::syntax::Form;
use super::syntax::ObjectKey;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;

const NAMES: [&str; 10] = ["any", "bool", "number", "string", "list", "set", "map", "tuple", "object", "optional"];

/// The type an expression names; `Any` after an error.
pub(super) fn read(expression: &Expression, diagnostics: &mut Diagnostics) -> Type {
    match &expression.form {
        Form::Variable(name) => match name.as_str() {
            "any" => Type::Any,
            "bool" => Type::Bool,
            "number" => Type::Number,
            "string" => Type::String,
            "list" | "set" | "map" => {
                let detail = format!("The type {name} needs the type of its elements: {name}(string), {name}(any).");
                invalid(expression.span, detail, None, diagnostics)
            }
            "tuple" | "object" => {
                let example = if name == "tuple" { "tuple([string, number])" } else { "object({ name = string })" };
                let detail = format!("The type {name} needs the types of its parts, as in {example}.");
                invalid(expression.span, detail, None, diagnostics)
            }
            _ => {
                let help = nearest(name, NAMES).map(|near| format!("Did you mean \"{near}\"?"));
                invalid(expression.span, format!("\"{name}\" is no type."), help, diagnostics)
            }
        },
        Form::Call(call) => collection(call, expression.span, diagnostics),
        Form::Parentheses(inner) => read(inner, diagnostics),
        Form::Template(_) => {
            let help = expression.as_text().map(|text| format!("Write {text} without quotes."));
            invalid(expression.span, "A type stands without quotes.".to_string(), help, diagnostics)
        }
        Form::Broken => Type::Any,
        _ => invalid(expression.span, "A type is a name such as string or list(string).".into(), None, diagnostics),
    }
}

fn collection(call: &Call, span: Span, diagnostics: &mut Diagnostics) -> Type {
    let name = call.name.text.as_str();
    let [argument] = call.arguments.as_slice() else {
        let detail = match name {
            "optional" => "optional() stands only for attributes inside object({...}).".to_string(),
            _ => format!("The type {name} takes one argument."),
        };
        return invalid(span, detail, None, diagnostics);
    };
    match (name, &argument.form) {
        ("list", _) => Type::list(read(argument, diagnostics)),
        ("set", _) => Type::set(read(argument, diagnostics)),
        ("map", _) => Type::map(read(argument, diagnostics)),
        ("tuple", Form::Tuple(elements)) => Type::Tuple(elements.iter().map(|e| read(e, diagnostics)).collect()),
        ("tuple", _) => {
            invalid(argument.span, "A tuple lists types in brackets: tuple([string]).".into(), None, diagnostics)
        }
        ("object", Form::Object(entries)) => object(entries, diagnostics),
        ("object", _) => {
            let detail = "An object names attributes and types in braces: object({ name = string }).";
            invalid(argument.span, detail.into(), None, diagnostics)
        }
        ("optional", _) => {
            let detail = "optional() stands only for attributes inside object({...}).";
            invalid(span, detail.into(), None, diagnostics)
        }
        ("any" | "bool" | "number" | "string", _) => {
            invalid(span, format!("The type {name} takes no arguments."), None, diagnostics)
        }
        _ => {
            let help = nearest(name, NAMES).map(|near| format!("Did you mean \"{near}\"?"));
            invalid(call.name.span, format!("\"{name}\" is no type."), help, diagnostics)
        }
    }
}

fn object(entries: &[(ObjectKey, Expression)], diagnostics: &mut Diagnostics) -> Type {
    let mut attributes = BTreeMap::new();
    for (key, value) in entries {
        let name = match key {
            ObjectKey::Name(name) => name.text.clone(),
            ObjectKey::Ambiguous(span) => {
                invalid(*span, "An attribute's name must be a plain name.".into(), None, diagnostics);
                continue;
            }
            ObjectKey::Expression(expression) => match expression.as_text() {
                Some(text) => text.to_string(),
                None => {
                    invalid(expression.span, "An attribute's name must be a plain name.".into(), None, diagnostics);
                    continue;
                }
            },
        };
        let attribute = match &value.form {
            Form::Call(call) if call.name.text == "optional" => optional(call, value.span, diagnostics),
            _ => ObjectAttribute::required(read(value, diagnostics)),
        };
        attributes.insert(name, attribute);
    }
    Type::Object(attributes)
}

fn optional(call: &Call, span: Span, diagnostics: &mut Diagnostics) -> ObjectAttribute {
    let (kind, default) = match call.arguments.as_slice() {
        [kind] => (read(kind, diagnostics), None),
        [kind, default] => (read(kind, diagnostics), Some(default)),
        _ => {
            let kind = invalid(span, "optional() takes a type and possibly a default.".into(), None, diagnostics);
            (kind, None)
        }
    };
    let default = default.and_then(|expression| {
        let scope = Scope::new();
        let mut evaluator = Evaluator::new(&scope, &NoFiles);
        let value = evaluator.evaluate(expression);
        let failed = evaluator.diagnostics.has_errors();
        diagnostics.extend(evaluator.diagnostics);
        match value.convert(&kind) {
            _ if failed => None,
            Ok(value) => Some(value),
            Err(mismatch) => {
                let detail = format!("This default does not fit the attribute's type: {mismatch}.");
                diagnostics.push(
                    Diagnostic::error("Invalid default value for optional attribute", detail).at(expression.span),
                );
                None
            }
        }
    });
    ObjectAttribute { kind, optional: true, default }
}

fn invalid(span: Span, detail: String, help: Option<String>, diagnostics: &mut Diagnostics) -> Type {
    diagnostics.push(Diagnostic::error("Invalid type specification", detail).at(span).help_option(help));
    Type::Any
}
