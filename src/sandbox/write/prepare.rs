//! What a server does to an object on its way in: unknown fields out, empty values out, quantities in their canonical
//! text, defaults in. Decisions about single kinds that a schema cannot say are in `rules`.

use serde_json::Value;

use super::options::FieldValidation;
use super::rules;
use crate::object::schema::Quantity;
use crate::object::schema::Schema;
use crate::object::schema::Type;
use crate::object::schema::apply_defaults;
use crate::object::schema::prune;
use crate::sandbox::http::Failure;
use crate::sandbox::kinds::Resource;

/// Brings an object into the form in which it is stored; returns warnings about unknown fields, or refuses them.
pub fn prepare(
    resource: &Resource,
    object: &mut Value,
    field_validation: FieldValidation,
) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    let schema = resource.schema().cloned();
    if let Some(schema) = &schema {
        if !resource.is_custom() {
            rules::before_pruning(resource, object);
        }
        let unknown = prune(schema, object);
        match field_validation {
            FieldValidation::Ignore => {}
            FieldValidation::Warn => warnings.extend(unknown.iter().map(|path| format!("unknown field {path:?}"))),
            FieldValidation::Strict if unknown.is_empty() => {}
            FieldValidation::Strict => {
                let all: Vec<String> = unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
                let message = format!(
                    "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
                    resource.kind,
                    resource.version,
                    resource.kind,
                    all.join(", ")
                );
                return Err(Failure::bad_request(message));
            }
        }
        if !resource.is_custom() {
            canonical(schema, object);
        }
        apply_defaults(schema, object);
    }
    tidy_metadata(object);
    Ok(warnings)
}

/// Leaves out what a typed server leaves out, and writes quantities canonically.
fn canonical(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, child) in map.iter_mut() {
                if let Some(field) = schema.field(name) {
                    canonical(field, child);
                }
            }
            map.retain(|name, child| {
                let Some(field) = schema.properties.get(name) else { return true };
                !child.is_null() && !(field.omit_empty && is_empty(field, child))
            });
        }
        Value::Array(items) => {
            let Some(schema) = &schema.items else { return };
            items.iter_mut().for_each(|item| canonical(schema, item));
        }
        Value::String(_) | Value::Number(_) if schema.value_type == Type::Quantity => {
            if let Ok(quantity) = Quantity::from_json(value) {
                *value = quantity.to_string().into();
            }
        }
        // A whole number may be written with a fraction (1.0); a typed server reads an integer.
        Value::Number(number) if schema.value_type == Type::Integer && number.is_f64() => {
            if let Some(whole) = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15) {
                *value = (whole as i64).into();
            }
        }
        _ => {}
    }
}

fn is_empty(schema: &Schema, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        // An empty map is left out; an empty structure behind a pointer is not.
        Value::Object(map) => map.is_empty() && (schema.additional.is_some() || schema.omit_empty && schema.properties.is_empty()),
    }
}

/// Metadata is typed for every kind: empty labels, annotations, finalizers and owners are left out.
fn tidy_metadata(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    });
}
