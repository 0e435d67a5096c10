//! The form in which objects are sent and compared: what a server adds, leaves out or writes in another way.
//!
//! Facts: `docs` of server-side apply, and a comparison of 569 applied objects with what was stored.

use serde_json::Map;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

use super::Object;
use super::kinds;
use super::ownership::CHECKSUM_ANNOTATION;
use super::schema::Quantity;
use super::schema::Schema;
use super::schema::Type;

/// Fields of `metadata` that only a server writes.
pub const SERVER_METADATA: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Fields whose values are quantities, where no schema tells: the maps of resources and single amounts.
const QUANTITY_FIELDS: &[&str] =
    &["allocatable", "averageValue", "capacity", "divisor", "hard", "limits", "overhead", "requests", "sizeLimit"];

/// The object as it is sent: without what only a server writes, a Secret's `stringData` in `data`, no `null` in
/// built-in kinds (there it means the same as leaving the field out), numbers for quantities as text, and CRDs with
/// their checksum.
pub fn for_sending(object: &Object) -> Object {
    let mut sent = object.clone();
    let checksum = is_crd(object).then(|| checksum(object));
    sent.as_map_mut().shift_remove("status");
    let metadata = sent.metadata_mut();
    for field in SERVER_METADATA {
        metadata.shift_remove(*field);
    }
    metadata.retain(|_, value| !value.is_null());
    if kinds::is_built_in_group(&object.gvk().group) {
        without_nulls(sent.as_map_mut(), is_crd(object));
    }
    if object.kind() == "Secret" && object.api_version() == "v1" {
        super::encode_string_data(sent.as_map_mut());
    }
    if let Some(checksum) = checksum {
        sent.set_annotation(CHECKSUM_ANNOTATION, &checksum);
    }
    sent
}

/// SHA-256 over the canonical JSON (sorted keys, no spaces) of what is sent of an object, apart from the checksum
/// itself: 64 hexadecimal digits.
pub fn checksum(object: &Object) -> String {
    let mut digest = Sha256::new();
    let parts = object.as_map().iter().filter(|(key, _)| !matches!(key.as_str(), "status" | "metadata"));
    let mut parts: Vec<(&String, &Value)> = parts.collect();
    parts.sort_by_key(|(key, _)| *key);
    for (key, value) in parts {
        digest_text(key, &mut digest);
        digest_value(value, &mut digest);
    }
    if let Some(metadata) = object.metadata() {
        for section in ["annotations", "labels"] {
            let entries = metadata.get(section).and_then(Value::as_object);
            let mut entries: Vec<(&String, &Value)> = entries.into_iter().flatten().collect();
            entries.retain(|(key, _)| *key != CHECKSUM_ANNOTATION);
            entries.sort_by_key(|(key, _)| *key);
            for (key, value) in entries {
                digest_text(section, &mut digest);
                digest_text(key, &mut digest);
                digest_value(value, &mut digest);
            }
        }
    }
    hexadecimal(&digest.finalize())
}

/// Lower-case hexadecimal digits of bytes.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Feeds canonical JSON of `value` (sorted keys, no spaces) to `digest`.
pub fn digest_value(value: &Value, digest: &mut Sha256) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            digest.update("{");
            for (key, item) in entries {
                digest_text(key, digest);
                digest.update(":");
                digest_value(item, digest);
                digest.update(",");
            }
            digest.update("}");
        }
        Value::Array(items) => {
            digest.update("[");
            for item in items {
                digest_value(item, digest);
                digest.update(",");
            }
            digest.update("]");
        }
        Value::String(text) => digest_text(text, digest),
        scalar => digest.update(scalar.to_string()),
    }
}

/// Feeds a text as JSON; without a copy where nothing of it is escaped, as of nearly all.
fn digest_text(text: &str, digest: &mut Sha256) {
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        return digest.update(Value::from(text).to_string());
    }
    digest.update("\"");
    digest.update(text);
    digest.update("\"");
}

/// Whether a server that stores typed objects leaves the value out: `null`, `""`, `0`, `false`, and mappings and lists
/// of nothing else.
pub fn is_left_out(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(is_left_out),
    }
}

/// Whether two scalars mean the same: `1` and `1.0`; and, for quantities, `1024Mi`, `1Gi` and `1073741824`.
pub fn same_scalar(left: &Value, right: &Value, is_quantity: bool) -> bool {
    if left == right {
        return true;
    }
    match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_f64() != right.is_f64() || left.is_f64() => {
            left.as_f64() == right.as_f64()
        }
        _ if is_quantity => match (Quantity::from_json(left), Quantity::from_json(right)) {
            (Ok(left), Ok(right)) => left == right,
            _ => false,
        },
        _ => false,
    }
}

/// Whether a field holds a quantity or a mapping of quantities: by its schema, else by its name.
pub fn is_quantity_field(name: &str, schema: Option<&Schema>) -> bool {
    match schema {
        Some(schema) if schema.value_type != Type::Any => schema.value_type == Type::Quantity,
        _ => QUANTITY_FIELDS.contains(&name),
    }
}

/// Whether `name` is an entry of a map, as a label is, and no declared field. Without a schema: a field.
pub fn is_map_entry(schema: Option<&Schema>, name: &str) -> bool {
    schema.is_some_and(|schema| schema.additional.is_some() && !schema.properties.contains_key(name))
}

/// Whether a definition stops to convert its versions by a webhook. An apply cannot take that away where somebody else
/// keeps the webhook's CA bundle: what is left of the webhook then is refused.
pub fn drops_conversion(before: &Object, after: &Object) -> bool {
    let converts = |crd: &Object| crd.text("/spec/conversion/strategy") == "Webhook";
    is_crd(after) && converts(before) && !converts(after)
}

/// Whether the object is a CustomResourceDefinition.
pub fn is_crd(object: &Object) -> bool {
    object.kind() == "CustomResourceDefinition" && object.api_version().starts_with("apiextensions.k8s.io/")
}

/// Takes nulls out of mappings at every depth, and writes numbers as text where quantities stand. The schemas inside a
/// CRD are left as they are: a `default: null` means something there.
fn without_nulls(map: &mut Map<String, Value>, is_crd: bool) {
    if is_crd {
        return;
    }
    map.retain(|_, value| !value.is_null());
    for (key, value) in map.iter_mut() {
        let quantities = QUANTITY_FIELDS.contains(&key.as_str());
        match value {
            Value::Object(inner) => {
                without_nulls(inner, false);
                if quantities {
                    inner.values_mut().for_each(number_as_text);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(clean_item),
            scalar if quantities => number_as_text(scalar),
            _ => {}
        }
    }
}

fn clean_item(item: &mut Value) {
    match item {
        Value::Object(inner) => without_nulls(inner, false),
        Value::Array(items) => items.iter_mut().for_each(clean_item),
        _ => {}
    }
}

fn number_as_text(value: &mut Value) {
    if let Value::Number(number) = value {
        *value = Value::String(number.to_string());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_equal_by_amount() {
        let check = |left: Value, right: Value, expected: bool| {
            assert_eq!(same_scalar(&left, &right, true), expected, "{left} {right}");
        };
        check(json!("2000m"), json!("2"), true);
        check(json!("1024Mi"), json!("1Gi"), true);
        check(json!(1), json!("1"), true);
        check(json!(0.5), json!("500m"), true);
        check(json!("1e3"), json!("1k"), true);
        check(json!("1.5Gi"), json!("1536Mi"), true);
        check(json!("-1"), json!("1"), false);
        check(json!("1G"), json!("1Gi"), false);
        check(json!("x"), json!("y"), false);
        check(json!(""), json!("0"), false);
        assert!(!same_scalar(&json!("1024Mi"), &json!("1Gi"), false));
        assert!(same_scalar(&json!(1), &json!(1.0), false));
    }

    #[test]
    fn sends_what_servers_take() {
        let check = |value: Value, expected: Value| {
            assert_eq!(for_sending(&Object::from_value(value).expect("an object")).into_value(), expected);
        };
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "creationTimestamp": null, "uid": "1"},
                   "stringData": {"k": "v"}, "data": {"k": "b2xk", "l": "eA=="}, "status": {}}),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"k": "dg==", "l": "eA=="}}),
        );
        check(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
                   "spec": {"affinity": null, "containers": [{"resources": {"limits": {"cpu": 1}}, "x": null}]}}),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
                   "spec": {"containers": [{"resources": {"limits": {"cpu": "1"}}}]}}),
        );
        check(
            json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"x": null, "limits": {"a": 1}}}),
            json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"x": null, "limits": {"a": 1}}}),
        );
    }

    #[test]
    fn checksums_do_not_depend_on_the_order_of_fields() {
        let crd = |spec: Value| {
            let object = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                                "metadata": {"name": "a.b", "labels": {"x": "y"}}, "spec": spec});
            Object::from_value(object).expect("an object")
        };
        let first = crd(json!({"a": 1, "b": {"c": [1, 2]}}));
        let second = crd(json!({"b": {"c": [1, 2]}, "a": 1}));
        let third = crd(json!({"b": {"c": [2, 1]}, "a": 1}));
        assert_eq!(checksum(&first), checksum(&second));
        assert_eq!(checksum(&for_sending(&first)), checksum(&first));
        assert_ne!(checksum(&first), checksum(&third));
        assert_eq!(for_sending(&first).annotation(CHECKSUM_ANNOTATION), Some(checksum(&first).as_str()));
    }
}
