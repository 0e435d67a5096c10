//! Terraform's functions. Here: how one is described, found and called; the folders' files hold them by theme.

mod collection;
mod encoding;
mod files;
mod format;
mod hash;
mod network;
mod number;
mod sets;
mod text;
mod time;

use super::Reader;
use super::Type;
use super::Value;
use super::console;
use super::evaluate::Evaluator;
use super::syntax::Call;
use super::syntax::Expression;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Parameter {
    Text,
    Number,
    /// list(string)
    Texts,
    /// list(any): any sequence, made a list.
    List,
    /// set(any)
    Set,
    /// Anything but null.
    Any,
    /// Anything.
    AnyOrNull,
}

/// How unknown and sensitive arguments are dealt with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Care {
    /// An argument with any unknown part makes the result unknown; any sensitive part makes it sensitive.
    Whole,
    /// The function sees arguments as they are, unknown parts and marks included.
    Parts,
}

/// One function.
pub(super) struct Function {
    pub name: &'static str,
    pub parameters: &'static [Parameter],
    /// Kind of further arguments.
    pub rest: Option<Parameter>,
    /// The result's type where it is always the same; `Any` else.
    pub result: Type,
    pub care: Care,
    pub run: fn(&[Value], &Context<'_>) -> Outcome,
}

/// What functions may use besides their arguments.
pub(super) struct Context<'a> {
    pub reader: &'a dyn Reader,
}

/// A failure: which argument is to blame, and a sentence that does not show values of arguments unless they are clear
/// (see [`call`]).
#[derive(Debug)]
pub(super) struct Failure {
    pub argument: Option<usize>,
    pub reason: String,
}

pub(super) type Outcome = Result<Value, Failure>;

impl Failure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { argument: None, reason: reason.into() }
    }

    pub(super) fn of(argument: usize, reason: impl Into<String>) -> Self {
        Self { argument: Some(argument), reason: reason.into() }
    }
}

/// Shorthand for tables of functions.
pub(super) const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    rest: Option<Parameter>,
    result: Type,
    care: Care,
    run: fn(&[Value], &Context<'_>) -> Outcome,
) -> Function {
    Function { name, parameters, rest, result, care, run }
}

fn tables() -> [&'static [Function]; 9] {
    [
        collection::FUNCTIONS,
        encoding::FUNCTIONS,
        files::FUNCTIONS,
        hash::FUNCTIONS,
        network::FUNCTIONS,
        number::FUNCTIONS,
        sets::FUNCTIONS,
        text::FUNCTIONS,
        time::FUNCTIONS,
    ]
}

/// Functions that evaluate their arguments themselves.
const SPECIAL: [&str; 5] = ["try", "can", "templatefile", "templatestring", "type"];

fn find(name: &str) -> Option<&'static Function> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    tables().into_iter().flatten().find(|f| f.name == name)
}

/// Names of all functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    tables().into_iter().flatten().map(|f| f.name).chain(SPECIAL)
}

/// Evaluates a call.
pub(super) fn call(evaluator: &mut Evaluator<'_>, call: &Call, span: Span) -> Value {
    match call.name.text.strip_prefix("core::").unwrap_or(&call.name.text) {
        "try" => return attempt_all(evaluator, call, span),
        "can" => return can(evaluator, call, span),
        "templatefile" | "templatestring" => return files::template(evaluator, call, span),
        _ => {}
    }
    let Some(function) = find(&call.name.text) else {
        let found = match call.name.text.as_str() {
            console::TYPE => {
                let detail = "\"type\" takes one argument, and only the console has it, around a whole expression.";
                Diagnostic::error("Invalid use of type function", detail)
            }
            name => {
                let help = nearest(name, names()).map(|near| format!("Did you mean \"{near}\"?"));
                let detail = format!("There is no function named {name:?}.");
                Diagnostic::error("Call to unknown function", detail).help_option(help)
            }
        };
        evaluator.diagnostics.push(found.at(call.name.span));
        for argument in &call.arguments {
            evaluator.evaluate(argument);
        }
        return Value::unknown(Type::Any);
    };
    let failed_before = evaluator.diagnostics.len();
    let Some(arguments) = evaluate_arguments(evaluator, call) else {
        return Value::unknown(function.result.clone());
    };
    if evaluator.diagnostics.len() > failed_before {
        return Value::unknown(function.result.clone());
    }
    run(evaluator, function, arguments, call, span)
}

/// Evaluates arguments; the last is expanded under `...`. None when that one is unknown or wrong.
fn evaluate_arguments(evaluator: &mut Evaluator<'_>, call: &Call) -> Option<Vec<(Value, Span)>> {
    let mut arguments = Vec::with_capacity(call.arguments.len());
    let last = call.arguments.len().saturating_sub(1);
    for (at, argument) in call.arguments.iter().enumerate() {
        let value = evaluator.evaluate(argument);
        if !(call.expand && at == last) {
            arguments.push((value, argument.span));
            continue;
        }
        let sensitive = value.is_sensitive();
        match value.as_elements() {
            Some(elements) => {
                arguments.extend(elements.iter().map(|e| (e.clone().with_sensitivity(sensitive), argument.span)));
            }
            None if value.is_unknown() => return None,
            None => {
                let detail = "Only a list, set or tuple can be expanded to arguments with \"...\".";
                evaluator.error(argument.span, "Invalid expanding argument value", detail);
                return None;
            }
        }
    }
    Some(arguments)
}

fn run(
    evaluator: &mut Evaluator<'_>,
    function: &Function,
    arguments: Vec<(Value, Span)>,
    call: &Call,
    span: Span,
) -> Value {
    let count = function.parameters.len();
    if arguments.len() < count || arguments.len() > count && function.rest.is_none() {
        let (summary, word) = if arguments.len() < count {
            ("Not enough function arguments", "at least ")
        } else {
            ("Too many function arguments", "at most ")
        };
        let word = if function.rest.is_some() || arguments.len() < count { word } else { "" };
        let detail = format!("The function \"{}\" takes {word}{count} arguments.", function.name);
        evaluator.error(span, summary, detail);
        return Value::unknown(function.result.clone());
    }
    let mut converted = Vec::with_capacity(arguments.len());
    let mut sensitive = false;
    let mut unknown = false;
    let mut failed = false;
    for (at, (value, place)) in arguments.iter().enumerate() {
        let parameter = function.parameters.get(at).copied().or(function.rest).unwrap_or(Parameter::AnyOrNull);
        match convert_argument(value, parameter) {
            Ok(value) if function.care == Care::Whole => {
                sensitive |= value.contains_sensitive();
                unknown |= !value.is_wholly_known();
                converted.push(value.without_sensitivity());
            }
            Ok(value) => converted.push(value),
            Err(reason) => {
                let detail = format!("Invalid value for argument {} of \"{}\": {reason}.", at + 1, function.name);
                evaluator.error(*place, "Invalid function argument", detail);
                failed = true;
            }
        }
    }
    if failed || unknown {
        return Value::unknown(function.result.clone()).with_sensitivity(sensitive);
    }
    if !evaluator.look_at(work(function, &converted)) {
        return evaluator.exhausted(span);
    }
    let context = Context { reader: evaluator.reader };
    match (function.run)(&converted, &context) {
        Ok(value) => value.with_sensitivity(sensitive),
        Err(failure) => {
            let secret = arguments.iter().any(|(value, _)| value.contains_sensitive());
            let place = failure.argument.and_then(|at| arguments.get(at)).map_or(span, |(_, place)| *place);
            let detail = if secret {
                format!("The call of \"{}\" failed; why is not shown because an argument is sensitive.", call.name.text)
            } else {
                format!("The call of \"{}\" failed: {}.", call.name.text, failure.reason.trim_end_matches('.'))
            };
            evaluator.error(place, "Error in function call", detail);
            Value::unknown(function.result.clone())
        }
    }
}

/// How much of its arguments a function looks at: one that takes them as they are looks at their elements, and does not go
/// deeper.
fn work(function: &Function, arguments: &[Value]) -> usize {
    let elements = |value: &Value| match (value.as_elements(), value.as_entries()) {
        (Some(elements), _) => elements.len(),
        (_, Some(entries)) => entries.len(),
        _ => value.weight(),
    };
    let one = |value: &Value| if function.care == Care::Parts { elements(value) / 4 } else { value.weight() };
    arguments.iter().map(one).fold(0, usize::saturating_add)
}

fn convert_argument(value: &Value, parameter: Parameter) -> Result<Value, String> {
    if value.is_null() && parameter != Parameter::AnyOrNull {
        return Err("it must not be null".to_string());
    }
    let wanted = match parameter {
        Parameter::Text => Type::String,
        Parameter::Number => Type::Number,
        Parameter::Texts => Type::list(Type::String),
        Parameter::List => Type::list(Type::Any),
        Parameter::Set => Type::set(Type::Any),
        Parameter::Any | Parameter::AnyOrNull => return Ok(value.clone()),
    };
    value.convert(&wanted).map_err(|mismatch| mismatch.to_string())
}

/// `try(a, b, ...)`: the first argument without errors.
fn attempt_all(evaluator: &mut Evaluator<'_>, call: &Call, span: Span) -> Value {
    let Some((arguments, expanded)) = plain_arguments(evaluator, call, span) else {
        return Value::unknown(Type::Any);
    };
    for argument in arguments {
        let (value, found) = evaluator.attempt(argument);
        if !found.has_errors() {
            return value;
        }
    }
    if let Some(value) = expanded.into_iter().next() {
        return value;
    }
    let detail = "None of the expressions could be evaluated.";
    evaluator.error(span, "Error in function call", format!("The call of \"try\" failed: {detail}"))
}

/// `can(a)`: whether the argument has no errors.
fn can(evaluator: &mut Evaluator<'_>, call: &Call, span: Span) -> Value {
    let Some((arguments, expanded)) = plain_arguments(evaluator, call, span) else {
        return Value::unknown(Type::Bool);
    };
    if arguments.len() + expanded.len() > 1 {
        evaluator.error(span, "Too many function arguments", "The function \"can\" takes 1 argument.");
        return Value::unknown(Type::Bool);
    }
    let (value, found) = match (arguments, expanded.into_iter().next()) {
        ([argument, ..], _) => evaluator.attempt(argument),
        ([], value) => (value.unwrap_or_else(Value::null), Diagnostics::new()),
    };
    if found.has_errors() {
        Value::bool(false)
    } else if value.is_wholly_known() {
        Value::bool(true)
    } else {
        Value::unknown(Type::Bool)
    }
}

/// The arguments to try, and after them the elements of one that is expanded (`...`), which must have a value.
fn plain_arguments<'c>(
    evaluator: &mut Evaluator<'_>,
    call: &'c Call,
    span: Span,
) -> Option<(&'c [Expression], Vec<Value>)> {
    let (tried, expanded) = match call.arguments.split_last() {
        Some((last, before)) if call.expand => {
            let failed_before = evaluator.diagnostics.len();
            let value = evaluator.evaluate(last);
            if evaluator.diagnostics.len() > failed_before || value.is_unknown() {
                return None;
            }
            let Some(elements) = value.as_elements() else {
                let detail = "Only a list, set or tuple can be expanded to arguments with \"...\".";
                evaluator.error(last.span, "Invalid expanding argument value", detail);
                return None;
            };
            let sensitive = value.is_sensitive();
            (before, elements.iter().map(|element| element.clone().with_sensitivity(sensitive)).collect())
        }
        _ => (call.arguments.as_slice(), Vec::new()),
    };
    if tried.is_empty() && expanded.is_empty() {
        let detail = format!("The function \"{}\" takes at least 1 argument.", call.name.text);
        evaluator.error(span, "Not enough function arguments", detail);
        return None;
    }
    Some((tried, expanded))
}
