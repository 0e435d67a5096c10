//! Schemas from and to the JSON of a CRD (`openAPIV3Schema`) with its `x-kubernetes-*` extensions.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Combination;
use super::Limits;
use super::ListType;
use super::MapType;
use super::Quantity;
use super::Schema;
use super::Type;

/// Why JSON is no schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct InvalidSchema {
    /// Where in the schema, e.g. `properties[spec].items`; empty for its root.
    pub path: String,
    pub message: String,
}

/// Schemas nested deeper than this are refused: no real one comes near, and reading them must not overflow the stack.
const MAX_DEPTH: usize = 128;

impl Schema {
    /// From a CRD's `openAPIV3Schema`. Keywords nobody here reads are kept in [`Schema::other`].
    pub fn from_json(value: &Value) -> Result<Self, InvalidSchema> {
        read(value, "", 0)
    }

    /// As a CRD's `openAPIV3Schema`. What only built-in types have (patch rules, server defaults) is left out.
    pub fn to_json(&self) -> Value {
        Value::Object(write(self))
    }
}

fn read(value: &Value, path: &str, depth: usize) -> Result<Schema, InvalidSchema> {
    let invalid = |message: String| InvalidSchema { path: path.to_owned(), message };
    let Value::Object(map) = value else { return Err(invalid("a schema is a mapping".into())) };
    if depth > MAX_DEPTH {
        return Err(invalid(format!("nested deeper than {MAX_DEPTH}")));
    }
    let mut schema = Schema::default();
    let mut limits = Limits::default();
    let mut combination = Combination::default();
    let mut other = Map::new();
    let mut list_type = "";
    let mut list_keys = Vec::new();
    let mut int_or_string = false;
    let sub = |value: &Value, part: &str| read(value, &below(path, part), depth + 1).map(Arc::new);
    let subs = |value: &Value, part: &str| -> Result<Vec<Arc<Schema>>, InvalidSchema> {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().enumerate().map(|(index, item)| sub(item, &format!("{part}[{index}]"))).collect()
    };
    for (key, value) in map {
        let text = value.as_str().unwrap_or_default();
        let truth = value.as_bool().unwrap_or_default();
        match key.as_str() {
            "type" => {
                schema.value_type = type_of(text).ok_or_else(|| invalid(format!("unknown type {value}")))?;
            }
            "format" => schema.format = text.into(),
            "description" => schema.description = Some(text.into()),
            "properties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    schema.properties.insert(name.clone(), sub(field, &format!("properties[{name}]"))?);
                }
            }
            "required" => schema.required = texts(value),
            "additionalProperties" => match value {
                Value::Bool(true) => schema.additional = Some(Arc::new(anything())),
                Value::Bool(false) => {}
                _ => schema.additional = Some(sub(value, "additionalProperties")?),
            },
            "items" => schema.items = Some(sub(value, "items")?),
            "nullable" => schema.nullable = truth,
            "default" => schema.default = Some(value.clone()),
            "enum" => schema.enumeration = value.as_array().cloned().unwrap_or_default(),
            "pattern" => schema.pattern = Some(text.into()),
            "minimum" => limits.minimum = value.as_f64(),
            "maximum" => limits.maximum = value.as_f64(),
            "exclusiveMinimum" => limits.exclusive_minimum = truth,
            "exclusiveMaximum" => limits.exclusive_maximum = truth,
            "multipleOf" => limits.multiple_of = value.as_f64(),
            "minLength" => limits.min_length = value.as_u64(),
            "maxLength" => limits.max_length = value.as_u64(),
            "minItems" => limits.min_items = value.as_u64(),
            "maxItems" => limits.max_items = value.as_u64(),
            "uniqueItems" => limits.unique_items = truth,
            "minProperties" => limits.min_properties = value.as_u64(),
            "maxProperties" => limits.max_properties = value.as_u64(),
            "allOf" => combination.all_of = subs(value, "allOf")?,
            "anyOf" => combination.any_of = subs(value, "anyOf")?,
            "oneOf" => combination.one_of = subs(value, "oneOf")?,
            "not" => combination.not = Some(sub(value, "not")?),
            "x-kubernetes-preserve-unknown-fields" => schema.preserve_unknown = truth,
            "x-kubernetes-embedded-resource" => schema.embedded_resource = truth,
            "x-kubernetes-int-or-string" => int_or_string = truth,
            "x-kubernetes-list-type" => list_type = text,
            "x-kubernetes-list-map-keys" => list_keys = texts(value),
            "x-kubernetes-map-type" => {
                schema.map_type = Some(if text == "atomic" { MapType::Atomic } else { MapType::Granular });
            }
            _ => {
                other.insert(key.clone(), value.clone());
            }
        }
    }
    schema.list_type = match list_type {
        "map" => Some(ListType::Map(list_keys)),
        "set" => Some(ListType::Set),
        "atomic" => Some(ListType::Atomic),
        _ => None,
    };
    if int_or_string {
        schema.value_type = Type::IntOrString;
        // The generators' `anyOf: [integer, string]` says nothing more.
        if types_of(&combination.any_of) == [Type::Integer, Type::String] {
            combination.any_of.clear();
        }
    }
    schema.limits = (limits != Limits::default()).then(|| Box::new(limits));
    schema.combination = (combination != Combination::default()).then(|| Box::new(combination));
    schema.other = (!other.is_empty()).then(|| Box::new(other));
    Ok(schema)
}

fn anything() -> Schema {
    Schema { preserve_unknown: true, ..Schema::default() }
}

fn below(path: &str, part: &str) -> String {
    if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn types_of(schemas: &[Arc<Schema>]) -> Vec<Type> {
    schemas.iter().map(|schema| schema.value_type).collect()
}

const TYPES: [(&str, Type); 6] = [
    ("object", Type::Object),
    ("array", Type::Array),
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
];

fn type_of(name: &str) -> Option<Type> {
    if name.is_empty() {
        return Some(Type::Any);
    }
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, value_type)| *value_type)
}

fn write(schema: &Schema) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(key.to_owned(), value);
        }
    };
    let truth = |value: bool| value.then_some(Value::Bool(true));
    let list = |schemas: &[Arc<Schema>]| {
        (!schemas.is_empty()).then(|| schemas.iter().map(|schema| schema.to_json()).collect::<Value>())
    };
    put("description", schema.description.as_deref().map(Value::from));
    match schema.value_type {
        Type::Any => {}
        Type::IntOrString | Type::Quantity => {
            put("anyOf", Some(json!([{"type": "integer"}, {"type": "string"}])));
            put("x-kubernetes-int-or-string", truth(true));
        }
        plain => {
            put("type", TYPES.iter().find(|(_, known)| *known == plain).map(|(name, _)| (*name).into()));
        }
    }
    put("format", (!schema.format.is_empty()).then(|| (*schema.format).into()));
    let pattern = if schema.value_type == Type::Quantity { Some(Quantity::PATTERN) } else { schema.pattern.as_deref() };
    put("pattern", pattern.map(Value::from));
    put("enum", (!schema.enumeration.is_empty()).then(|| schema.enumeration.clone().into()));
    put("default", schema.default.clone());
    put("nullable", truth(schema.nullable));
    let properties = || schema.properties.iter().map(|(name, field)| (name.clone(), field.to_json())).collect();
    put("properties", (!schema.properties.is_empty()).then(|| Value::Object(properties())));
    put("required", (!schema.required.is_empty()).then(|| schema.required.clone().into()));
    put("additionalProperties", schema.additional.as_ref().map(|values| values.to_json()));
    put("items", schema.items.as_ref().map(|items| items.to_json()));
    if let Some(limits) = &schema.limits {
        put("minimum", limits.minimum.map(number));
        put("maximum", limits.maximum.map(number));
        put("exclusiveMinimum", truth(limits.exclusive_minimum));
        put("exclusiveMaximum", truth(limits.exclusive_maximum));
        put("multipleOf", limits.multiple_of.map(number));
        put("minLength", limits.min_length.map(Value::from));
        put("maxLength", limits.max_length.map(Value::from));
        put("minItems", limits.min_items.map(Value::from));
        put("maxItems", limits.max_items.map(Value::from));
        put("uniqueItems", truth(limits.unique_items));
        put("minProperties", limits.min_properties.map(Value::from));
        put("maxProperties", limits.max_properties.map(Value::from));
    }
    if let Some(combination) = &schema.combination {
        put("allOf", list(&combination.all_of));
        put("anyOf", list(&combination.any_of));
        put("oneOf", list(&combination.one_of));
        put("not", combination.not.as_ref().map(|not| not.to_json()));
    }
    let (list_type, keys) = match &schema.list_type {
        Some(ListType::Atomic) => (Some("atomic"), None),
        Some(ListType::Set) => (Some("set"), None),
        Some(ListType::Map(keys)) => (Some("map"), Some(keys)),
        None => (None, None),
    };
    put("x-kubernetes-list-map-keys", keys.map(|keys| keys.clone().into()));
    put("x-kubernetes-list-type", list_type.map(Value::from));
    let map_type = schema.map_type.map(|map_type| if map_type == MapType::Atomic { "atomic" } else { "granular" });
    put("x-kubernetes-map-type", map_type.map(Value::from));
    put("x-kubernetes-embedded-resource", truth(schema.embedded_resource));
    put("x-kubernetes-preserve-unknown-fields", truth(schema.preserve_unknown));
    for (key, value) in schema.other.iter().flat_map(|other| other.iter()) {
        put(key, Some(value.clone()));
    }
    map
}

/// Whole numbers without a point, as they were written.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { Value::from(value as i64) } else { Value::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for schema in [
            json!({"type": "string", "format": "date-time", "pattern": "^a", "enum": ["a", "b"], "default": "a"}),
            json!({"type": "object", "properties": {"a": {"type": "integer", "minimum": 1, "maximum": 2.5}},
                "required": ["a"], "x-kubernetes-map-type": "atomic"}),
            json!({"type": "object", "additionalProperties": {"type": "string", "nullable": true}}),
            json!({"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "maxItems": 3}),
            json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true}),
            json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": Quantity::PATTERN,
                "x-kubernetes-int-or-string": true}),
            json!({"type": "object", "oneOf": [{"required": ["a"]}, {"not": {"required": ["b"]}}],
                "x-kubernetes-validations": [{"rule": "true"}], "x-kubernetes-embedded-resource": true}),
            json!({"x-kubernetes-preserve-unknown-fields": true, "description": "anything"}),
        ] {
            assert_eq!(Schema::from_json(&schema).map(|read| read.to_json()), Ok(schema));
        }
    }

    #[test]
    fn tells_what_is_no_schema() {
        let check = |schema: Value, expected: &str| {
            assert_eq!(Schema::from_json(&schema).map_err(|error| error.to_string()), Err(expected.to_owned()));
        };
        check(json!([]), ": a schema is a mapping");
        check(json!({"properties": {"a": {"items": {"type": "text"}}}}), "properties[a].items: unknown type \"text\"");
        let mut deep = json!({});
        for _ in 0..200 {
            deep = json!({"items": deep});
        }
        assert!(Schema::from_json(&deep).is_err());
    }
}
