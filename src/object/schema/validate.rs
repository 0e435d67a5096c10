//! Checking a value against a schema, as a kube-apiserver checks custom resources.

use std::collections::HashMap;
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use serde_json::Map;
use serde_json::Value;

use super::Combination;
use super::FieldError;
use super::Limits;
use super::ListType;
use super::Quantity;
use super::Schema;
use super::Type;
use super::prune::join;

/// Everything that is wrong with `value`, in the order of the schema's fields. CEL rules are not evaluated.
pub fn validate(schema: &Schema, value: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check(schema, value, "", &mut errors);
    errors
}

/// Whether a text has a match of a pattern; a pattern that cannot be compiled matches all. Compiled ones are kept.
pub(super) fn matches_pattern(pattern: &str, text: &str) -> bool {
    static COMPILED: OnceLock<Mutex<HashMap<String, Option<Arc<Regex>>>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(Mutex::default);
    let regex = {
        let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
        match compiled.get(pattern) {
            Some(regex) => regex.clone(),
            None => {
                compiled.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok().map(Arc::new)).clone()
            }
        }
    };
    regex.is_none_or(|regex| regex.is_match(text))
}

fn check(schema: &Schema, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if value.is_null() && schema.nullable {
        return;
    }
    if let Some(expected) = wrong_type(schema, value) {
        let actual = type_name(value);
        let detail = format!("{} must be of type {expected}: {actual:?}", in_body(path));
        errors.push(FieldError::wrong_type(shown(path), &actual.into(), &detail));
    }
    if !schema.enumeration.is_empty() && !schema.enumeration.contains(value) {
        errors.push(FieldError::not_supported(shown(path), value, &schema.enumeration));
    }
    match value {
        Value::Object(map) => check_map(schema, map, path, errors),
        Value::Array(items) => check_items(schema, items, path, errors),
        Value::String(text) => check_text(schema, text, path, errors),
        Value::Number(_) => check_number(schema, value, path, errors),
        Value::Null | Value::Bool(_) => {}
    }
    if let Some(combination) = &schema.combination {
        check_combination(combination, value, path, errors);
    }
}

/// What the value should have been, where its type is wrong.
fn wrong_type(schema: &Schema, value: &Value) -> Option<&'static str> {
    let is_integer = || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let (right, name) = match schema.value_type {
        Type::Any => (true, ""),
        Type::Object => (value.is_object(), "object"),
        Type::Array => (value.is_array(), "array"),
        Type::String => (value.is_string(), "string"),
        Type::Boolean => (value.is_boolean(), "boolean"),
        Type::Number => (value.is_number(), "number"),
        Type::Integer => (is_integer(), "integer"),
        Type::IntOrString => (value.is_string() || is_integer(), "integer,string"),
        // A typed server takes any number for a quantity.
        Type::Quantity => (value.is_string() || value.is_number(), "integer,string"),
    };
    (!right).then_some(name)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check_map(schema: &Schema, map: &Map<String, Value>, path: &str, errors: &mut Vec<FieldError>) {
    let limits = limits_of(schema);
    if limits.max_properties.is_some_and(|maximum| map.len() as u64 > maximum) {
        errors.push(FieldError::too_many(shown(path), map.len(), limits.max_properties.unwrap_or_default()));
    }
    if let Some(minimum) = limits.min_properties.filter(|&minimum| (map.len() as u64) < minimum) {
        let detail = format!("{} should have at least {minimum} properties", in_body(path));
        errors.push(FieldError::invalid(shown(path), &map.len().into(), &detail));
    }
    for name in schema.required.iter().filter(|name| !map.contains_key(*name)) {
        errors.push(FieldError::required(join(path, name)));
    }
    for (name, child) in map {
        if let Some(field) = schema.field(name) {
            check(field, child, &join(path, name), errors);
        }
    }
}

fn check_items(schema: &Schema, items: &[Value], path: &str, errors: &mut Vec<FieldError>) {
    let limits = limits_of(schema);
    if let Some(maximum) = limits.max_items.filter(|&maximum| items.len() as u64 > maximum) {
        errors.push(FieldError::too_many(shown(path), items.len(), maximum));
    }
    if let Some(minimum) = limits.min_items.filter(|&minimum| (items.len() as u64) < minimum) {
        let detail = format!("{} should have at least {minimum} items", in_body(path));
        errors.push(FieldError::invalid(shown(path), &items.len().into(), &detail));
    }
    if let Some(item_schema) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            check(item_schema, item, &format!("{path}[{index}]"), errors);
        }
    }
    let unique = limits.unique_items || matches!(schema.list_type, Some(ListType::Set | ListType::Map(_)));
    if !unique {
        return;
    }
    let mut seen = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let key = match (schema.list_keys(), item) {
            (Some(keys), Value::Object(map)) => {
                let default = |name: &str| schema.items.as_ref()?.properties.get(name)?.default.clone();
                let value = |name: &String| Some((name.clone(), map.get(name).cloned().or_else(|| default(name))?));
                Value::Object(keys.iter().filter_map(value).collect())
            }
            _ => item.clone(),
        };
        if !seen.insert(key.to_string()) {
            errors.push(FieldError::duplicate(format!("{path}[{index}]"), &key));
        }
    }
}

fn check_text(schema: &Schema, text: &str, path: &str, errors: &mut Vec<FieldError>) {
    let mut invalid = |detail: String| {
        errors.push(FieldError::invalid(shown(path), &text.into(), &format!("{} {detail}", in_body(path))));
    };
    let limits = limits_of(schema);
    let length = if limits.max_length.or(limits.min_length).is_some() { text.chars().count() as u64 } else { 0 };
    if let Some(minimum) = limits.min_length.filter(|&minimum| length < minimum) {
        invalid(format!("should be at least {minimum} chars long"));
    }
    if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !matches_pattern(pattern, text)) {
        invalid(format!("should match '{pattern}'"));
    }
    if !has_format(&schema.format, text) {
        invalid(format!("must be of type {}: {text:?}", schema.format));
    }
    if schema.value_type == Type::Quantity && text.parse::<Quantity>().is_err() {
        invalid(format!("should match '{}'", Quantity::PATTERN));
    }
    if let Some(maximum) = limits.max_length.filter(|&maximum| length > maximum) {
        errors.push(FieldError::too_long(shown(path), maximum));
    }
}

/// Whether a text is of a format a server checks; formats it does not know hold always.
fn has_format(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "byte" => STANDARD.decode(text).is_ok(),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "duration" => matches_pattern(r"^\s*[-+]?(0|(\d+(\.\d*)?|\.\d+)\s*[a-zµμ]+\s*)+$", text),
        "uuid" => matches_pattern("(?i)^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$", text),
        _ => true,
    }
}

fn check_number(schema: &Schema, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let Some(number) = value.as_f64() else { return };
    let limits = limits_of(schema);
    let mut invalid = |detail: String| {
        errors.push(FieldError::invalid(shown(path), value, &format!("{} {detail}", in_body(path))));
    };
    if let Some(maximum) = limits.maximum {
        if limits.exclusive_maximum && number >= maximum {
            invalid(format!("should be less than {maximum}"));
        } else if number > maximum {
            invalid(format!("should be less than or equal to {maximum}"));
        }
    }
    if let Some(minimum) = limits.minimum {
        if limits.exclusive_minimum && number <= minimum {
            invalid(format!("should be greater than {minimum}"));
        } else if number < minimum {
            invalid(format!("should be greater than or equal to {minimum}"));
        }
    }
    if let Some(factor) = limits.multiple_of.filter(|&factor| factor > 0.0 && (number / factor).fract() != 0.0) {
        invalid(format!("should be a multiple of {factor}"));
    }
}

fn check_combination(combination: &Combination, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let failures = |schemas: &[Arc<Schema>]| -> Vec<Vec<FieldError>> {
        schemas
            .iter()
            .map(|schema| {
                let mut errors = Vec::new();
                check(schema, value, path, &mut errors);
                errors
            })
            .collect()
    };
    // The server names the object as a whole here, and only then what came closest.
    let mut wrong = |message: String, closest: Option<Vec<FieldError>>| {
        errors.push(FieldError::invalid("<nil>", &"".into(), &format!("{path:?} {message}")));
        errors.extend(closest.unwrap_or_default());
    };
    let any_of = failures(&combination.any_of);
    if !any_of.is_empty() && any_of.iter().all(|errors| !errors.is_empty()) {
        let closest = any_of.into_iter().min_by_key(Vec::len);
        wrong("must validate at least one schema (anyOf)".into(), closest);
    }
    let one_of = failures(&combination.one_of);
    let valid = one_of.iter().filter(|errors| errors.is_empty()).count();
    if !one_of.is_empty() && valid != 1 {
        let found =
            if valid == 0 { "Found none valid".to_owned() } else { format!("Found {valid} valid alternatives") };
        let closest = one_of.into_iter().min_by_key(Vec::len).filter(|_| valid == 0);
        wrong(format!("must validate one and only one schema (oneOf). {found}"), closest);
    }
    let all_of: Vec<FieldError> = failures(&combination.all_of).into_iter().flatten().collect();
    if !all_of.is_empty() {
        let suffix = if combination.all_of.len() > 1 { "" } else { ". None validated" };
        wrong(format!("must validate all the schemas (allOf){suffix}"), Some(all_of));
    }
    if let Some(not) = &combination.not {
        let mut inner = Vec::new();
        check(not, value, path, &mut inner);
        if inner.is_empty() {
            wrong("must not validate the schema (not)".into(), None);
        }
    }
}

fn limits_of(schema: &Schema) -> &Limits {
    static NONE: OnceLock<Limits> = OnceLock::new();
    schema.limits.as_deref().unwrap_or_else(|| NONE.get_or_init(Limits::default))
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "<nil>" } else { path }
}

fn in_body(path: &str) -> String {
    format!("{path} in body")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value, value: Value, expected: &[&str]) {
        let schema = Schema::from_json(&json!({"type": "object", "properties": {"spec": schema}})).expect("a schema");
        let found: Vec<String> = validate(&schema, &json!({"spec": value})).iter().map(FieldError::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn speaks_as_the_server_does() {
        let integer = json!({"type": "integer"});
        let of = |field: Value| json!({"type": "object", "properties": {"x": field}});
        check(
            of(integer.clone()),
            json!({"x": "a"}),
            &[r#"spec.x: Invalid value: "string": spec.x in body must be of type integer: "string""#],
        );
        check(
            of(json!({"type": "string"})),
            json!({"x": null}),
            &[r#"spec.x: Invalid value: "null": spec.x in body must be of type string: "null""#],
        );
        check(of(json!({"type": "string", "nullable": true})), json!({"x": null}), &[]);
        check(of(integer), json!({"x": 2.0}), &[]);
        check(json!({"type": "object", "required": ["x"]}), json!({}), &["spec.x: Required value"]);
        check(
            of(json!({"type": "string", "enum": ["a", "b"]})),
            json!({"x": "c"}),
            &[r#"spec.x: Unsupported value: "c": supported values: "a", "b""#],
        );
        check(
            of(json!({"type": "integer", "minimum": 1, "maximum": 9})),
            json!({"x": 0}),
            &["spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1"],
        );
        check(
            of(json!({"type": "string", "pattern": "^a+$", "maxLength": 2})),
            json!({"x": "bbb"}),
            &[
                r#"spec.x: Invalid value: "bbb": spec.x in body should match '^a+$'"#,
                "spec.x: Too long: may not be longer than 2",
            ],
        );
        check(
            of(json!({"type": "string", "format": "date-time"})),
            json!({"x": "today"}),
            &[r#"spec.x: Invalid value: "today": spec.x in body must be of type date-time: "today""#],
        );
        check(
            of(json!({"x-kubernetes-int-or-string": true})),
            json!({"x": true}),
            &[r#"spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean""#],
        );
    }

    #[test]
    fn counts_items_and_finds_twins() {
        let list = |more: Value| {
            let mut schema = json!({"type": "array", "items": {"type": "string"}});
            schema.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
            schema
        };
        check(list(json!({"maxItems": 1})), json!(["a", "b"]), &["spec: Too many: 2: must have at most 1 items"]);
        check(
            list(json!({"minItems": 1})),
            json!([]),
            &["spec: Invalid value: 0: spec in body should have at least 1 items"],
        );
        check(
            list(json!({"x-kubernetes-list-type": "set"})),
            json!(["a", "b", "a"]),
            &[r#"spec[2]: Duplicate value: "a""#],
        );
        check(
            json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}),
            json!([{"name": "a"}, {"name": "a"}]),
            &[r#"spec[1]: Duplicate value: map[string]interface {}{"name":"a"}"#],
        );
    }

    #[test]
    fn combinations_name_what_came_closest() {
        let required = |name: &str| json!({"required": [name]});
        check(
            json!({"type": "object", "oneOf": [required("a"), required("b")]}),
            json!({"a": 1, "b": 1}),
            &[
                r#"<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
            ],
        );
        check(
            json!({"type": "object", "anyOf": [required("a"), required("b")]}),
            json!({}),
            &[
                r#"<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)"#,
                "spec.a: Required value",
            ],
        );
        check(
            json!({"type": "object", "not": required("a")}),
            json!({"a": 1}),
            &[r#"<nil>: Invalid value: "": "spec" must not validate the schema (not)"#],
        );
    }
}
