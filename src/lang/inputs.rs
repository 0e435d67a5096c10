//! Values of variables: from outside, from a module's call, from defaults; conversion and validation.

use std::collections::HashMap;

use super::AssignedValue;
use super::Assignment;
use super::Origin;
use super::Reader;
use super::Scope;
use super::Type;
use super::Value;
use super::declaration::Condition;
use super::declaration::Variable;
use super::evaluate::Evaluator;
use super::json;
use super::json::Member;
use super::parse;
use super::syntax::Form;
use super::syntax::Part;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;
use crate::diag::nearest;

/// Reads a variables file into assignments: `name = value` lines, or in a file that ends in `.json` an object of values.
/// Expressions may not refer to anything; texts in JSON are texts, whatever is in them.
pub fn parse_assignments(sources: &Sources, file: SourceId) -> (Vec<Assignment>, Diagnostics) {
    if sources.path(file).ends_with(".json") {
        return json_assignments(sources, file);
    }
    let (body, mut diagnostics) = parse::body(sources, file);
    for block in &body.blocks {
        let detail = if block.kind.text == "variable" {
            "Variables are declared in the configuration; a variables file only gives values: name = value.".to_string()
        } else {
            "A variables file holds only lines of the form name = value.".to_string()
        };
        diagnostics.push(Diagnostic::error("Unexpected block in variables file", detail).at(block.span));
    }
    let scope = Scope::new();
    let mut evaluator = Evaluator::new(&scope, &super::NoFiles);
    let mut assignments = Vec::new();
    for attribute in &body.attributes {
        let failed_before = evaluator.diagnostics.len();
        let value = evaluator.evaluate(&attribute.value);
        if evaluator.diagnostics.len() == failed_before {
            assignments.push(Assignment {
                name: attribute.name.text.clone(),
                value: AssignedValue::Value(value, Some(attribute.name.span.to(attribute.value.span))),
                origin: Origin::File(sources.path(file).to_string()),
            });
        }
    }
    diagnostics.extend(evaluator.diagnostics);
    (assignments, diagnostics)
}

fn json_assignments(sources: &Sources, file: SourceId) -> (Vec<Assignment>, Diagnostics) {
    let text = sources.text(file);
    let mut diagnostics = Diagnostics::new();
    let members = match json::members(text) {
        Ok(Some(members)) => members,
        Ok(None) => {
            let detail = "A variables file in JSON is one object: { \"name\": value }.";
            let end = text.trim_end().len();
            diagnostics.push(Diagnostic::error("Invalid variables file", detail).at(Span::new(file, 0..end)));
            return (Vec::new(), diagnostics);
        }
        Err(error) => {
            // serde_json counts bytes in a line, from 1, and a line's end as its last.
            let start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let at = text.floor_char_boundary((start + error.column().saturating_sub(1)).min(text.len()));
            let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            let detail = format!("It is no valid JSON: {reason}.");
            diagnostics.push(Diagnostic::error("Invalid variables file", detail).at(Span::new(file, at..end)));
            return (Vec::new(), diagnostics);
        }
    };
    let mut seen = HashMap::new();
    let mut assignments = Vec::new();
    for Member { name, name_range, value, value_range } in members {
        let place = Span::new(file, name_range);
        if let Some(first) = seen.insert(name.clone(), place) {
            let detail = format!("\"{name}\" has a value already.");
            let found = Diagnostic::error("Attribute redefined", detail).at(place).related(first, "was given here");
            diagnostics.push(found);
        }
        let value = AssignedValue::Value(value, Some(place.to(Span::new(file, value_range))));
        assignments.push(Assignment { name, value, origin: Origin::File(sources.path(file).to_string()) });
    }
    (assignments, diagnostics)
}

/// The last assignment to each variable, and findings about undeclared names.
pub(super) fn choose<'a>(
    assignments: &'a [Assignment],
    declared: &dyn Fn(&str) -> bool,
    names: &[&str],
    diagnostics: &mut Diagnostics,
) -> HashMap<&'a str, &'a Assignment> {
    let mut chosen = HashMap::new();
    for assignment in assignments {
        if declared(&assignment.name) {
            chosen.insert(assignment.name.as_str(), assignment);
            continue;
        }
        let span = assignment.span();
        let detail =
            format!("No variable \"{}\" is declared, but {} gives a value.", assignment.name, source(assignment));
        let found = match assignment.origin {
            Origin::Environment => continue,
            Origin::File(_) => Diagnostic::warning("Value for undeclared variable", detail),
            _ => Diagnostic::error("Value for undeclared variable", detail),
        };
        let help = nearest(&assignment.name, names.iter().copied()).map(|near| format!("Did you mean \"{near}\"?"));
        let help = help.or_else(|| Some(format!("To use it, declare: variable \"{}\" {{}}", assignment.name)));
        diagnostics.push(found.at_option(span).help_option(help));
    }
    chosen
}

/// Where a value comes from, for messages.
fn source(assignment: &Assignment) -> String {
    match &assignment.origin {
        Origin::Environment => format!("the environment variable STACKWRIGHT_VAR_{}", assignment.name),
        Origin::File(path) => format!("the variables file {path}"),
        Origin::CommandLine => format!("the option --var \"{}=...\"", assignment.name),
        Origin::Prompt => "the answer".to_string(),
        Origin::Plan => "the saved plan".to_string(),
        Origin::Caller => "the input".to_string(),
    }
}

/// Notes where values of a secret variable are written: its default, and lines of variables files.
pub(super) fn hide(variable: &Variable, assignments: &[Assignment], diagnostics: &mut Diagnostics) {
    if !variable.sensitive {
        return;
    }
    variable.default.iter().for_each(|default| diagnostics.hide(default.span));
    let given = assignments.iter().filter(|assignment| assignment.name == variable.name.text);
    given.filter_map(Assignment::span).for_each(|span| diagnostics.hide(span));
}

/// A variable's value from outside or its default.
pub(super) fn value_of(variable: &Variable, assignment: Option<&Assignment>, diagnostics: &mut Diagnostics) -> Value {
    let Some(assignment) = assignment else {
        return match default_of(variable, diagnostics) {
            Some(value) => value,
            None => {
                let name = &variable.name.text;
                let detail = format!("The variable \"{name}\" has no default, and no value is given.");
                let help =
                    format!("Give one with --var \"{name}=...\", in a variables file, or as STACKWRIGHT_VAR_{name}.");
                let found = Diagnostic::error("No value for required variable", detail).at(variable.name.span);
                diagnostics.push(found.help(help));
                Value::unknown(variable.kind.clone())
            }
        };
    };
    let (value, span) = match &assignment.value {
        AssignedValue::Value(value, span) => (value.clone(), *span),
        AssignedValue::Text(text) if matches!(variable.kind, Type::String | Type::Any) => {
            (Value::string(text.as_str()), None)
        }
        AssignedValue::Text(text) => match text_value(text) {
            Ok(value) => (value, None),
            Err(reason) => {
                // The text itself may be secret.
                let shown = if variable.sensitive { String::new() } else { format!(" ({reason})") };
                let name = &variable.name.text;
                let detail = format!(
                    "{} gives \"{name}\" a text that is no expression of type {}{shown}.",
                    capital(&source(assignment)),
                    variable.kind
                );
                let simple = matches!(variable.kind, Type::Number | Type::Bool);
                let detail = match simple {
                    true => format!(
                        "{} gives \"{name}\" a value that is no {}.",
                        capital(&source(assignment)),
                        variable.kind
                    ),
                    false => detail,
                };
                let found = Diagnostic::error("Invalid value for variable", detail).at(variable.name.span);
                if simple {
                    diagnostics.push(found);
                    return Value::unknown(variable.kind.clone());
                }
                diagnostics
                    .push(found.help("Lists are written [\"a\", \"b\"], maps {a = 1}, text inside them in quotes."));
                return Value::unknown(variable.kind.clone());
            }
        },
    };
    let place = format!("given by {}", source(assignment));
    finish(variable, value, (span.unwrap_or(variable.name.span), &place), diagnostics)
}

/// The default, converted; None when there is none.
pub(super) fn default_of(variable: &Variable, diagnostics: &mut Diagnostics) -> Option<Value> {
    let expression = variable.default.as_ref()?;
    let scope = Scope::new();
    let mut evaluator = Evaluator::new(&scope, &super::NoFiles);
    let value = evaluator.evaluate(expression);
    let failed = evaluator.diagnostics.has_errors();
    diagnostics.extend(evaluator.diagnostics);
    if failed {
        return Some(Value::unknown(variable.kind.clone()).with_sensitivity(variable.sensitive));
    }
    if value.is_null() && !variable.nullable {
        let detail = format!("The variable \"{}\" must not be null, so its default must not be.", variable.name.text);
        diagnostics.push(Diagnostic::error("Invalid default value for variable", detail).at(expression.span));
        return Some(Value::unknown(variable.kind.clone()));
    }
    match value.convert(&variable.kind) {
        Ok(value) => Some(value.with_sensitivity(variable.sensitive)),
        Err(mismatch) => {
            let detail = format!("The default does not fit the type {}: {mismatch}.", variable.kind);
            diagnostics.push(Diagnostic::error("Invalid default value for variable", detail).at(expression.span));
            Some(Value::unknown(variable.kind.clone()))
        }
    }
}

/// Converts a given value; a null where none may be is replaced by the default.
pub(super) fn finish(
    variable: &Variable,
    value: Value,
    (span, place): (Span, &str),
    diagnostics: &mut Diagnostics,
) -> Value {
    let name = &variable.name.text;
    if value.is_null() && !variable.nullable {
        if let Some(default) = default_of(variable, diagnostics) {
            return default;
        }
        let detail = format!("The value for \"{name}\" {place} is null, but the variable must not be null.");
        diagnostics.push(Diagnostic::error("Required variable not set", detail).at(span));
        return Value::unknown(variable.kind.clone());
    }
    match value.convert(&variable.kind) {
        Ok(value) => value.with_sensitivity(variable.sensitive),
        Err(mismatch) => {
            let reason = if value.contains_sensitive() || variable.sensitive {
                format!("{} is required", variable.kind.friendly())
            } else {
                mismatch.to_string()
            };
            let detail = format!("The value for \"{name}\" {place} does not fit the type {}: {reason}.", variable.kind);
            let found = Diagnostic::error("Invalid value for variable", detail).at(span);
            diagnostics.push(if span == variable.name.span {
                found
            } else {
                found.related(variable.name.span, "declared here")
            });
            Value::unknown(variable.kind.clone()).with_sensitivity(variable.sensitive)
        }
    }
}

fn text_value(text: &str) -> Result<Value, String> {
    let mut sources = Sources::new();
    let id = sources.add("", text.trim_end());
    let (expression, mut found) = parse::expression(&sources, id);
    let scope = Scope::new();
    let mut evaluator = Evaluator::new(&scope, &super::NoFiles);
    let value = match &expression.form {
        Form::Broken => Value::null(),
        _ => evaluator.evaluate(&expression),
    };
    found.extend(evaluator.diagnostics);
    match found.into_iter().next() {
        None => Ok(value),
        Some(first) => Err(first.summary),
    }
}

/// Checks `condition` blocks; each that fails gives an error with its message at `span`.
pub(super) fn conditions(
    evaluator: &mut Evaluator<'_>,
    conditions: &[Condition],
    summary: &str,
    place: Option<Span>,
) -> bool {
    let mut all = true;
    for condition in conditions {
        let value = evaluator.evaluate(&condition.condition);
        if evaluator.truth(&value, condition.condition.span, "Invalid condition") != Some(false) {
            continue;
        }
        all = false;
        let message = message(evaluator, condition);
        let mut found = Diagnostic::error(summary, message).at(place.unwrap_or(condition.condition.span));
        if place.is_some() {
            found = found.related(condition.condition.span, "was checked here");
        }
        evaluator.diagnostics.push(found);
    }
    all
}

/// The error message of a condition; sensitive ones are not shown.
pub(super) fn message(evaluator: &mut Evaluator<'_>, condition: &Condition) -> String {
    // A literal text is usual and cannot fail.
    if let Form::Template(parts) = &condition.message.form
        && let [Part::Text(text)] = parts.as_slice()
    {
        return text.trim_end().to_string();
    }
    let value = evaluator.evaluate(&condition.message);
    if value.contains_sensitive() {
        return "The error message contains sensitive values, so it is not shown.".to_string();
    }
    match value.convert(&Type::String).ok().as_ref().and_then(Value::as_str) {
        Some(text) => text.trim_end().to_string(),
        None => "The condition does not hold (its error message is not known yet).".to_string(),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Checks a variable's validations in the scope that holds its value.
pub(super) fn validate(
    variable: &Variable,
    scope: &Scope,
    reader: &dyn Reader,
    place: Option<Span>,
    diagnostics: &mut Diagnostics,
) {
    let mut evaluator = Evaluator::new(scope, reader);
    let place = place.or(Some(variable.name.span));
    conditions(&mut evaluator, &variable.validations, "Invalid value for variable", place);
    diagnostics.extend(evaluator.diagnostics);
}
