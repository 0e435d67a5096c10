//! Files and paths, through the caller's reader; templates.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use unicode_normalization::UnicodeNormalization;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter::Text;
use super::function;
use super::text::text;
use crate::diag::Diagnostic;
use crate::diag::Sources;
use crate::diag::Span;
use crate::lang::Scope;
use crate::lang::Type;
use crate::lang::Value;
use crate::lang::evaluate::Evaluator;
use crate::lang::parse;
use crate::lang::syntax::Call;
use crate::lang::token::is_identifier;

const WHOLE: Care = Care::Whole;

pub(super) const FUNCTIONS: &[Function] = &[
    function("abspath", &[Text], None, Type::String, WHOLE, abspath),
    function("basename", &[Text], None, Type::String, WHOLE, basename),
    function("dirname", &[Text], None, Type::String, WHOLE, dirname),
    function("file", &[Text], None, Type::String, WHOLE, file),
    function("filebase64", &[Text], None, Type::String, WHOLE, filebase64),
    function("fileexists", &[Text], None, Type::Bool, WHOLE, fileexists),
    function("fileset", &[Text, Text], None, Type::Any, WHOLE, fileset),
    function("pathexpand", &[Text], None, Type::String, WHOLE, pathexpand),
];

/// The bytes of the file that an argument names.
pub(super) fn read(arguments: &[Value], context: &Context<'_>) -> Result<Vec<u8>, Failure> {
    let path = text(arguments, 0);
    context.reader.read(path).map_err(|reason| Failure::of(0, format!("the file {path:?} cannot be read: {reason}")))
}

fn file(arguments: &[Value], context: &Context<'_>) -> Outcome {
    let bytes = read(arguments, context)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::of(0, "the file is no UTF-8 text; filebase64() reads other files"))?;
    Ok(Value::string(text.nfc().collect::<String>()))
}

fn filebase64(arguments: &[Value], context: &Context<'_>) -> Outcome {
    Ok(Value::string(STANDARD.encode(read(arguments, context)?)))
}

fn fileexists(arguments: &[Value], context: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    let exists = context.reader.exists(path);
    exists.map(Value::bool).map_err(|reason| Failure::of(0, format!("cannot look for {path:?}: {reason}")))
}

fn fileset(arguments: &[Value], context: &Context<'_>) -> Outcome {
    let (directory, pattern) = (text(arguments, 0), text(arguments, 1));
    let expression = glob(pattern).ok_or_else(|| Failure::of(1, "the pattern is not valid"))?;
    // What is not there holds nothing.
    if !context.reader.exists(directory).unwrap_or(true) && context.reader.list(directory).is_err() {
        return Ok(Value::set(Type::String, Vec::new()));
    }
    let paths = context
        .reader
        .list(directory)
        .map_err(|reason| Failure::of(0, format!("the directory {directory:?} cannot be read: {reason}")))?;
    let matching: Vec<String> = paths.into_iter().filter(|path| expression.is_match(path)).collect();
    for path in &matching {
        let full = format!("{}/{path}", directory.trim_end_matches('/'));
        let exists = context.reader.exists(&full);
        if !exists.map_err(|reason| Failure::of(0, format!("cannot look for {full:?}: {reason}")))? {
            return Err(Failure::of(0, format!("{full:?} is a link that leads nowhere")));
        }
    }
    Ok(Value::set(Type::String, matching.into_iter().map(Value::string).collect()))
}

/// `*`, `**`, `?`, `{a,b}` and `[a-z]` as a regular expression.
fn glob(pattern: &str) -> Option<regex::Regex> {
    let mut expression = String::from("^");
    let mut rest = pattern.chars().peekable();
    let mut braces = 0;
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                if rest.peek() == Some(&'/') {
                    rest.next();
                    expression.push_str("(?:.*/)?");
                } else {
                    expression.push_str(".*");
                }
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '{' => {
                braces += 1;
                expression.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                expression.push(')');
            }
            ',' if braces > 0 => expression.push('|'),
            '[' | ']' => expression.push(c),
            '\\' => expression.push_str(&regex::escape(&rest.next()?.to_string())),
            c => expression.push_str(&regex::escape(&c.to_string())),
        }
    }
    expression.push('$');
    regex::RegexBuilder::new(&expression).size_limit(1 << 20).build().ok()
}

/// Paths are relative to the directory the run works in; where that lies is not for the language to know.
fn abspath(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    if path.starts_with('/') {
        return Ok(Value::string(clean(path)));
    }
    Err(Failure::of(0, "a relative path has no absolute one here; build it from path.cwd"))
}

fn pathexpand(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    if path == "~" || path.starts_with("~/") {
        return Err(Failure::of(0, "the home directory is not known here; write the path out"));
    }
    Ok(Value::string(path))
}

fn basename(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    let trimmed = path.trim_end_matches('/');
    let name = match (path.is_empty(), trimmed.is_empty()) {
        (true, _) => ".",
        (false, true) => "/",
        _ => trimmed.rsplit('/').next().unwrap_or(trimmed),
    };
    Ok(Value::string(name))
}

fn dirname(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    let directory = path.rfind('/').map_or("", |at| &path[..=at]);
    Ok(Value::string(clean(directory)))
}

fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_string(),
        (false, false) => joined,
    }
}

/// `templatefile(path, variables)` and `templatestring(text, variables)`.
pub(super) fn template(evaluator: &mut Evaluator<'_>, call: &Call, span: Span) -> Value {
    let unknown = Value::unknown(Type::String);
    let name = call.name.text.as_str();
    let [first, second] = call.arguments.as_slice() else {
        evaluator.error(
            span,
            "Wrong number of function arguments",
            format!("The function \"{name}\" takes 2 arguments."),
        );
        return unknown;
    };
    if evaluator.in_template {
        evaluator.error(span, "Error in function call", format!("A template cannot call \"{name}\" itself."));
        return unknown;
    }
    let failed_before = evaluator.diagnostics.len();
    let (source, variables) = (evaluator.evaluate(first), evaluator.evaluate(second));
    if evaluator.diagnostics.len() > failed_before {
        return unknown;
    }
    let mark = source.contains_sensitive() || variables.is_sensitive();
    if source.is_unknown() || variables.is_unknown() {
        return unknown.with_sensitivity(mark);
    }
    let (Some(source), Some(entries)) = (source.as_str(), variables.as_entries()) else {
        let detail = format!("The function \"{name}\" takes a text and a map or object of variables.");
        evaluator.error(span, "Invalid function argument", detail);
        return unknown;
    };
    let mut sources = Sources::new();
    let id = if name == "templatefile" {
        let read = evaluator
            .reader
            .read(source)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_string()));
        match read {
            Ok(text) => sources.add(source, text),
            Err(reason) => {
                let shown = if mark { String::new() } else { format!(" {source:?}") };
                evaluator.error(
                    first.span,
                    "Invalid function argument",
                    format!("The file{shown} cannot be read: {reason}."),
                );
                return unknown;
            }
        }
    } else {
        sources.add("template", source)
    };
    let (parts, mut found) = parse::template(&sources, id);
    let mut scope = Scope::new();
    for (name, value) in entries {
        if !is_identifier(name) {
            let detail = format!("A template's variable needs a name of letters, digits, _ and -, not {name:?}.");
            evaluator.error(second.span, "Invalid function argument", detail);
            return unknown;
        }
        scope.set(name.as_str(), value.clone());
    }
    scope.budget = evaluator.budget();
    let mut inner = Evaluator::new(&scope, evaluator.reader);
    inner.in_template = true;
    let value = if found.has_errors() { unknown.clone() } else { inner.template(&parts) };
    found.extend(inner.diagnostics);
    for problem in found {
        // Their places lie in the template, which is no source of the run.
        let place = problem.span.map_or(String::new(), |place| format!("{}: ", sources.locate(place)));
        let detail = format!("{place}{}: {}", problem.summary, problem.detail);
        evaluator.diagnostics.push(Diagnostic::error("Error in template", detail).at(span).help_option(problem.help));
    }
    value.with_sensitivity(mark)
}
