//! Filling in the defaults of a schema, as a server does when an object comes in and when it is read.

use serde_json::Map;
use serde_json::Value;

use super::Condition;
use super::DefaultValue;
use super::Schema;
use super::ServerDefault;
use super::validate::matches_pattern;

/// Sets every missing field that has a default, inside objects that are there or that a default makes; for built-in
/// kinds also what only their server sets. A `null` where the schema has a default and does not allow `null` counts
/// as missing.
pub fn apply_defaults(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, field) in &schema.properties {
                let Some(default) = &field.default else { continue };
                if map.get(name).is_none_or(|value| value.is_null() && !field.nullable) {
                    map.insert(name.clone(), default.clone());
                }
            }
            for default in &schema.server_defaults {
                for_each_parent(&default.parent, map, &mut |parent| set(default, parent));
            }
            for (name, child) in map.iter_mut() {
                if let Some(field) = schema.field(name) {
                    apply_defaults(field, child);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = &schema.items else { return };
            for item in items {
                apply_defaults(schema, item);
            }
        }
        _ => {}
    }
}

fn for_each_parent(path: &[String], map: &mut Map<String, Value>, act: &mut dyn FnMut(&mut Map<String, Value>)) {
    let Some((name, rest)) = path.split_first() else { return act(map) };
    match name.strip_suffix("[]") {
        None => {
            if let Some(Value::Object(child)) = map.get_mut(name) {
                for_each_parent(rest, child, act);
            }
        }
        Some(name) => {
            for item in map.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Value::Object(child) = item {
                    for_each_parent(rest, child, act);
                }
            }
        }
    }
}

fn set(default: &ServerDefault, parent: &mut Map<String, Value>) {
    if !holds(&default.condition, parent) {
        return;
    }
    let Some(value) = value_of(&default.value, parent) else { return };
    if default.field.is_empty() {
        fill(parent, value);
        return;
    }
    let current = parent.get_mut(&default.field);
    match current {
        Some(Value::Object(map)) if default.fill => fill(map, value),
        Some(current) if !is_missing(current, default.zero_is_missing) => {}
        _ => {
            parent.insert(default.field.clone(), value);
        }
    }
}

fn fill(map: &mut Map<String, Value>, value: Value) {
    let Value::Object(defaults) = value else { return };
    for (key, value) in defaults {
        if map.get(&key).is_none_or(|current| is_missing(current, false)) {
            map.insert(key, value);
        }
    }
}

fn is_missing(value: &Value, zero_is_missing: bool) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => zero_is_missing && number.as_f64() == Some(0.0),
        _ => false,
    }
}

fn holds(condition: &Condition, map: &Map<String, Value>) -> bool {
    let text = |field: &str| at(map, field).and_then(Value::as_str).unwrap_or_default();
    let is_there = |field: &str| at(map, field).is_some_and(|value| !is_empty(value));
    match condition {
        Condition::Always => true,
        Condition::OneOf { field, values } => values.iter().any(|value| value == text(field)),
        Condition::Matches { field, pattern } => matches_pattern(pattern, text(field)),
        Condition::With(field) => is_there(field),
        Condition::Unless(fields) => !fields.iter().any(|field| present(map, field)),
    }
}

/// An empty object counts as there (`emptyDir: {}`), an empty list or text does not.
fn present(map: &Map<String, Value>, field: &str) -> bool {
    at(map, field).is_some_and(|value| value.is_object() || !is_empty(value))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn at<'a>(map: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = map.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

fn value_of(value: &DefaultValue, map: &Map<String, Value>) -> Option<Value> {
    let text = |field: &str| map.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    match value {
        DefaultValue::Json(value) => Some(value.clone()),
        DefaultValue::Sibling(field) => map.get(field).cloned(),
        DefaultValue::Lower(field) => text(field).map(|text| text.to_lowercase().into()),
        DefaultValue::Suffixed(field, suffix) => text(field).map(|text| format!("{text}{suffix}").into()),
    }
}
