//! The fields an object has, by its schema: what an applier owns after it has sent the object.

use serde_json::Value;

use super::FieldSet;
use super::element;
use crate::object::schema::FieldError;
use crate::object::schema::ListType;
use crate::object::schema::Reason;
use crate::object::schema::Schema;
use crate::object::schema::Type;

/// Whether an object of this schema is owned field by field. What nothing is known of is.
pub fn granular_map(schema: Option<&Schema>) -> bool {
    schema.is_none_or(Schema::is_granular)
        || schema.is_some_and(|schema| !matches!(schema.value_type, Type::Array | Type::Object | Type::Any))
}

/// Whether an array of this schema is owned item by item. What nothing is known of is not.
pub fn granular_list(schema: Option<&Schema>) -> bool {
    schema.is_some_and(|schema| matches!(schema.list_type, Some(ListType::Set | ListType::Map(_))))
}

/// The schema of a field, if any is declared.
pub fn field_schema<'a>(schema: Option<&'a Schema>, name: &str) -> Option<&'a Schema> {
    schema.and_then(|schema| schema.field(name)).map(AsRef::as_ref)
}

/// Whether `name` is a declared field, not an entry of a map.
pub fn is_declared(schema: Option<&Schema>, name: &str) -> bool {
    schema.is_some_and(|schema| schema.properties.contains_key(name))
}

/// The set of fields of `value`.
pub fn fields_of(schema: Option<&Schema>, value: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    match value {
        Value::Object(map) => {
            for (name, child) in map {
                let child_schema = field_schema(schema, name);
                let below = below(child_schema, child);
                let empty_map = child.as_object().is_some_and(|map| map.is_empty());
                let atom = is_atom(child_schema, child);
                if atom || empty_map || !is_declared(schema, name) {
                    set.insert(element::field(name));
                }
                set.insert_below(element::field(name), below);
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema else { return set };
            for (index, child) in items.iter().enumerate() {
                let name = element::item(schema, child).unwrap_or_else(|| format!("i:{index}"));
                set.insert(name.clone());
                set.insert_below(name, below(schema.items.as_deref(), child));
            }
        }
        _ => {}
    }
    set
}

/// Whether a value is owned as a whole.
pub fn is_atom(schema: Option<&Schema>, value: &Value) -> bool {
    match value {
        Value::Object(_) => !granular_map(schema),
        Value::Array(_) => !granular_list(schema),
        _ => true,
    }
}

fn below(schema: Option<&Schema>, value: &Value) -> FieldSet {
    if is_atom(schema, value) { FieldSet::default() } else { fields_of(schema, value) }
}

/// What forbids applying `value`: values of the wrong type, items of list maps without their keys, and duplicates.
/// `path` is where it stands.
pub fn check_applied(schema: Option<&Schema>, value: &Value, path: &str) -> Vec<FieldError> {
    if let Some(message) = schema.and_then(|schema| mistyped(schema, value)) {
        return vec![FieldError { path: path.to_owned(), reason: Reason::TypeInvalid, message }];
    }
    let mut errors = Vec::new();
    match value {
        Value::Object(map) => {
            for (name, child) in map {
                errors.extend(check_applied(field_schema(schema, name), child, &format!("{path}.{name}")));
            }
        }
        Value::Array(items) if granular_list(schema) => {
            let Some(schema) = schema else { return errors };
            let mut seen = std::collections::HashSet::new();
            for (index, child) in items.iter().enumerate() {
                let wrong = |message: String| FieldError { path: path.to_owned(), reason: Reason::Invalid, message };
                let missing = schema.list_keys().and_then(|keys| {
                    keys.iter().find(|key| {
                        let default = schema.items.as_ref().and_then(|items| items.field(key)?.default.as_ref());
                        child.get(key.as_str()).is_none_or(Value::is_null) && default.is_none()
                    })
                });
                if let Some(key) = missing {
                    errors.push(wrong(format!(
                        "element {index}: associative list with keys has an element that omits key field {key:?} (and doesn't have default value)"
                    )));
                    continue;
                }
                let Some(name) = element::item(schema, child) else { continue };
                let shown = element::display(std::slice::from_ref(&name));
                if !seen.insert(name) {
                    errors.push(wrong(format!("duplicate entries for key {shown}")));
                }
                errors.extend(check_applied(schema.items.as_deref(), child, &format!("{path}{shown}")));
            }
        }
        Value::Array(items) => {
            let of = schema.and_then(|schema| schema.items.as_deref());
            for (index, child) in items.iter().enumerate() {
                errors.extend(check_applied(of, child, &format!("{path}[{index}]")));
            }
        }
        _ => {}
    }
    errors
}

/// What a value should have been, in the words of the server's merging library; null is of every type.
fn mistyped(schema: &Schema, value: &Value) -> Option<String> {
    let found = match value {
        Value::Null => return None,
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    let shown = || format!("&value.valueUnstructured{{Value:{value}}}");
    match schema.value_type {
        Type::String if !value.is_string() => Some(format!("expected string, got {}", shown())),
        Type::Boolean if !value.is_boolean() => Some(format!("expected boolean, got {}", shown())),
        Type::Integer | Type::Number if !value.is_number() => {
            Some(format!("expected numeric (int or float), got {found}"))
        }
        Type::Object if !value.is_object() => Some(format!("expected map, got {}", shown())),
        Type::Array if !value.is_array() => Some(format!("expected list, got {}", shown())),
        _ => None,
    }
}
