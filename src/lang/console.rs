//! Prints values as `terraform console` does, and evaluates expressions typed there.

use super::Content;
use super::Evaluated;
use super::ObjectAttribute;
use super::Reader;
use super::Scope;
use super::Type;
use super::Value;
use super::evaluate::Evaluator;
use super::parse;
use super::syntax::Expression;
use super::syntax::Form;
use super::token;
use super::token::Kind;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;

/// Evaluates one expression among the root module's names and prints it as `terraform console` does. The expression
/// is the text of the source.
pub fn console(
    evaluated: &Evaluated,
    sources: &Sources,
    expression: SourceId,
    reader: &dyn Reader,
) -> Result<String, Diagnostics> {
    let expression = parsed(sources, expression)?;
    if let Form::Call(call) = &expression.form
        && call.name.text == TYPE
        && let [argument] = call.arguments.as_slice()
    {
        let value = evaluate_parsed(&evaluated.root, argument.clone(), reader)?;
        return Ok(type_text(&value.kind(), 0));
    }
    evaluate_parsed(&evaluated.root, expression, reader).map(|value| print(&value))
}

/// What is only known here, and only around a whole expression: types are no values.
pub(super) const TYPE: &str = "type";

/// Whether an expression is not at its end yet: brackets are open, or a text behind `<<`. The last line must end in a
/// newline.
pub fn goes_on(expression: &str) -> bool {
    let mut open: i64 = 0;
    for token in token::tokens(expression) {
        match token.kind {
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParenthesis | Kind::OpenHeredoc => open += 1,
            Kind::OpenInterpolation | Kind::OpenDirective => open += 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParenthesis | Kind::CloseHeredoc => open -= 1,
            Kind::CloseTemplate => open -= 1,
            // Nothing that follows can make it right.
            Kind::Invalid => return false,
            _ => {}
        }
    }
    open > 0
}

/// A type as `terraform console` prints it.
fn type_text(kind: &Type, indent: usize) -> String {
    let (inner, end) = (" ".repeat(indent + 4), " ".repeat(indent));
    match kind {
        Type::Any => "dynamic".to_owned(),
        Type::List(element) => format!("list({})", type_text(element, indent)),
        Type::Set(element) => format!("set({})", type_text(element, indent)),
        Type::Map(element) => format!("map({})", type_text(element, indent)),
        Type::Tuple(elements) if elements.is_empty() => "tuple([])".to_owned(),
        Type::Tuple(elements) => {
            let lines = elements.iter().map(|element| format!("{inner}{},\n", type_text(element, indent + 4)));
            format!("tuple([\n{}{end}])", lines.collect::<String>())
        }
        Type::Object(attributes) if attributes.is_empty() => "object({})".to_owned(),
        Type::Object(attributes) => {
            let line = |(name, attribute): (&String, &ObjectAttribute)| {
                format!("{inner}{name}: {},\n", type_text(&attribute.kind, indent + 4))
            };
            format!("object({{\n{}{end}}})", attributes.iter().map(line).collect::<String>())
        }
        other => other.word().to_owned(),
    }
}

#[cfg(test)]
pub(super) fn evaluate_text(
    scope: &Scope,
    sources: &Sources,
    expression: SourceId,
    reader: &dyn Reader,
) -> Result<Value, Diagnostics> {
    evaluate_parsed(scope, parsed(sources, expression)?, reader)
}

fn parsed(sources: &Sources, expression: SourceId) -> Result<Expression, Diagnostics> {
    let (expression, found) = parse::expression(sources, expression);
    if found.has_errors() { Err(found) } else { Ok(expression) }
}

fn evaluate_parsed(scope: &Scope, expression: Expression, reader: &dyn Reader) -> Result<Value, Diagnostics> {
    let mut evaluator = Evaluator::new(scope, reader).on_its_own();
    let value = evaluator.evaluate(&expression);
    if evaluator.diagnostics.has_errors() { Err(evaluator.diagnostics) } else { Ok(value) }
}

/// A value as `terraform console` prints it, without the last newline.
pub fn print(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, indent: usize, out: &mut String) {
    if value.is_sensitive() {
        return out.push_str("(sensitive value)");
    }
    match value.content() {
        Content::Unknown(_) => out.push_str("(known after apply)"),
        Content::Null(kind) => out.push_str(&match kind {
            Type::Any => "null".to_string(),
            Type::Bool => "tobool(null)".to_string(),
            Type::Number => "tonumber(null)".to_string(),
            Type::String => "tostring(null)".to_string(),
            Type::List(element) => format!("tolist(null) /* of {element} */"),
            Type::Set(element) => format!("toset(null) /* of {element} */"),
            Type::Map(element) => format!("tomap(null) /* of {element} */"),
            other => format!("null /* {} */", other.word()),
        }),
        Content::Bool(truth) => out.push_str(&truth.to_string()),
        Content::Number(number) => out.push_str(&number.to_string()),
        Content::String(text) => write_text(text, indent, out),
        Content::List(_, elements) => write_list("tolist(", elements, indent, out),
        Content::Set(_, elements) => write_list("toset(", elements, indent, out),
        Content::Tuple(elements) => write_list("", elements, indent, out),
        Content::Map(_, entries) => write_entries("tomap(", entries, indent, out),
        Content::Object(entries) => write_entries("", entries, indent, out),
    }
}

fn write_list(function: &str, elements: &[Value], indent: usize, out: &mut String) {
    let close = if function.is_empty() { "" } else { ")" };
    out.push_str(function);
    if elements.is_empty() {
        out.push_str("[]");
    } else {
        out.push_str("[\n");
        for element in elements {
            out.push_str(&" ".repeat(indent + 2));
            write(element, indent + 2, out);
            out.push_str(",\n");
        }
        out.push_str(&" ".repeat(indent));
        out.push(']');
    }
    out.push_str(close);
}

fn write_entries(function: &str, entries: &std::collections::BTreeMap<String, Value>, indent: usize, out: &mut String) {
    let close = if function.is_empty() { "" } else { ")" };
    out.push_str(function);
    if entries.is_empty() {
        out.push_str("{}");
    } else {
        out.push_str("{\n");
        for (name, element) in entries {
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(&quoted(name));
            out.push_str(" = ");
            write(element, indent + 2, out);
            out.push('\n');
        }
        out.push_str(&" ".repeat(indent));
        out.push('}');
    }
    out.push_str(close);
}

fn write_text(text: &str, indent: usize, out: &mut String) {
    // Text of several lines prints as a heredoc.
    if text.contains('\n') {
        let lines: Vec<&str> = text.split('\n').collect();
        let mut marker = "EOT".to_string();
        while lines.iter().any(|line| line.trim() == marker) {
            marker = format!("EOT_{marker}");
        }
        let flush = if indent > 0 { "-" } else { "" };
        out.push_str(&format!("<<{flush}{marker}\n"));
        for line in lines {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
            out.push('\n');
        }
        out.push_str(&" ".repeat(indent));
        out.push_str(&marker);
        return;
    }
    out.push_str(&quoted(text));
}

/// As Go quotes: what cannot be printed as `\u…`.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if unprintable(c) && (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if unprintable(c) => out.push_str(&format!("\\U{:08x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn unprintable(c: char) -> bool {
    c.is_control()
        || c != ' ' && c.is_whitespace()
        || matches!(c as u32, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe000..=0xf8ff | 0xfff9..=0xfffb | 0xe0000..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_go_on() {
        for (text, expected) in [
            ("1 + 1\n", false),
            ("{\n", true),
            ("{\n  a = [\n", true),
            ("{\n  a = [\n]}\n", false),
            ("max(\n", true),
            ("<<EOT\n", true),
            ("<<EOT\nx {\n", true),
            ("<<EOT\nx {\nEOT\n", false),
            ("\"a ${\n", true),
            ("\"a { b\"\n", false),
            ("\"unclosed\n", false),
            ("}\n", false),
            ("[;\n", false),
        ] {
            assert_eq!(goes_on(text), expected, "{text}");
        }
    }

    #[test]
    fn types_as_terraform_prints_them() {
        let object = |entries: Vec<(&str, Value)>| Value::object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)));
        for (value, expected) in [
            (Value::string("a"), "string"),
            (Value::null(), "dynamic"),
            (Value::list(Type::String, vec![]), "list(string)"),
            (Value::tuple(vec![]), "tuple([])"),
            (Value::tuple(vec![Value::bool(true), Value::string("x")]), "tuple([\n    bool,\n    string,\n])"),
            (
                object(vec![("a", object(vec![("b", Value::string("x"))]))]),
                "object({\n    a: object({\n        b: string,\n    }),\n})",
            ),
            // What is not known yet has a type all the same.
            (Value::unknown(Type::Number), "number"),
        ] {
            assert_eq!(type_text(&value.kind(), 0), expected);
        }
    }
}
