//! The defaults of built-in types from `data/defaults.txt`, whose head describes its lines.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::OnceLock;

use serde_json::Value;

use super::types::Purpose;
use crate::object::schema::Condition;
use crate::object::schema::DefaultValue;
use crate::object::schema::Schema;
use crate::object::schema::ServerDefault;

/// Adds to the schema of the named type the defaults it has for this purpose.
pub(super) fn add_to(type_name: &str, schema: &mut Schema, purpose: Purpose) {
    for line in lines().get(type_name).map(Vec::as_slice).unwrap_or_default() {
        if line.declared {
            declare(schema, line, purpose);
        } else if purpose == Purpose::Serve {
            schema.server_defaults.push(line.default.clone());
        }
    }
}

struct Line {
    type_name: &'static str,
    /// In the published schema, not only in the server's code.
    declared: bool,
    default: ServerDefault,
}

fn lines() -> &'static HashMap<&'static str, Vec<Line>> {
    static LINES: OnceLock<HashMap<&'static str, Vec<Line>>> = OnceLock::new();
    LINES.get_or_init(|| {
        let mut by_type: HashMap<&'static str, Vec<Line>> = HashMap::new();
        for text in include_str!("data/defaults.txt").lines().filter(|line| !line.starts_with('#')) {
            if let Some(line) = parse(text) {
                by_type.entry(line.type_name).or_default().push(line);
            }
        }
        by_type
    })
}

fn declare(schema: &mut Schema, line: &Line, purpose: Purpose) {
    let DefaultValue::Json(value) = &line.default.value else { return };
    let Some(field) = schema.properties.get_mut(&line.default.field) else { return };
    // A typed server would leave the empty text out again.
    if purpose == Purpose::Serve && field.omit_empty && value.as_str() == Some("") {
        return;
    }
    let mut declared = Schema::clone(field);
    declared.default = Some(value.clone());
    *field = Arc::new(declared);
}

/// `Type.path [condition] OPERATOR VALUE`; `None` where a line is malformed, which a test rules out.
fn parse(text: &'static str) -> Option<Line> {
    let (left, operator, value) = [" := ", " 0= ", " += ", " = "].into_iter().find_map(|operator| {
        let (left, value) = text.split_once(operator)?;
        Some((left, operator.trim(), value))
    })?;
    let (target, condition) = left.split_once(' ').unwrap_or((left, ""));
    let (type_name, path) = split_type(target)?;
    let mut parent: Vec<String> = path.iter().map(|&name| name.to_owned()).collect();
    let field = parent.pop().unwrap_or_default();
    Some(Line {
        type_name,
        declared: operator == "=",
        default: ServerDefault {
            parent,
            field,
            condition: condition_of(condition)?,
            zero_is_missing: operator == "0=",
            fill: operator == "+=",
            value: value_of(value)?,
        },
    })
}

/// `autoscaling.v2.MetricSpec.type` is the field `type` of the type `autoscaling.v2.MetricSpec`: a type's name ends
/// with the first word that starts with a capital.
fn split_type(target: &'static str) -> Option<(&'static str, Vec<&'static str>)> {
    let mut end = 0;
    for word in target.split('.') {
        end += word.len();
        if word.starts_with(|c: char| c.is_ascii_uppercase()) {
            let path = target.get(end + 1..).map(|rest| rest.split('.').collect()).unwrap_or_default();
            return Some((&target[..end], path));
        }
        end += 1;
    }
    None
}

fn condition_of(text: &str) -> Option<Condition> {
    let Some((word, rest)) = text.split_once(' ') else {
        return text.is_empty().then_some(Condition::Always);
    };
    match word {
        "with" => Some(Condition::With(rest.to_owned())),
        "unless" => Some(Condition::Unless(rest.split(',').map(str::to_owned).collect())),
        "if" => {
            let at = rest.find(['=', '~'])?;
            let (field, value) = (rest[..at].to_owned(), &rest[at + 1..]);
            if rest[at..].starts_with('~') {
                return Some(Condition::Matches { field, pattern: value.to_owned() });
            }
            Some(Condition::OneOf { field, values: value.split('|').map(str::to_owned).collect() })
        }
        _ => None,
    }
}

fn value_of(text: &str) -> Option<DefaultValue> {
    if let Some(field) = text.strip_prefix("@lower ") {
        return Some(DefaultValue::Lower(field.to_owned()));
    }
    let Some(field) = text.strip_prefix('@') else {
        return serde_json::from_str::<Value>(text).ok().map(DefaultValue::Json);
    };
    Some(match field.split_once('+') {
        Some((field, suffix)) => DefaultValue::Suffixed(field.to_owned(), suffix.to_owned()),
        None => DefaultValue::Sibling(field.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::types::resolve;
    use super::*;

    #[test]
    fn every_line_names_a_field_that_is_there() {
        for text in include_str!("data/defaults.txt").lines().filter(|line| !line.starts_with('#')) {
            let line = parse(text).unwrap_or_else(|| panic!("malformed: {text}"));
            let mut schema = resolve(line.type_name, Purpose::Serve).unwrap_or_else(|| panic!("no type: {text}"));
            let field = Some(line.default.field.clone()).filter(|field| !field.is_empty());
            for name in line.default.parent.iter().cloned().chain(field) {
                let next = schema.properties.get(name.trim_end_matches("[]"));
                let next = Arc::clone(next.unwrap_or_else(|| panic!("no field {name}: {text}")));
                schema = if name.ends_with("[]") { Arc::clone(next.items.as_ref().expect("a list")) } else { next };
            }
        }
    }
}
