//! Removing the fields a schema does not know, as a server does before it stores an object.

use serde_json::Map;
use serde_json::Value;

use super::Schema;
use super::library;

/// Removes unknown fields from `value` in place and returns their paths (`spec.template.spec.foo`,
/// `spec.rules[0].x`) in the order in which they stood. `apiVersion`, `kind` and `metadata` of the object itself and
/// of embedded objects stay; their metadata keeps the fields every object's metadata has.
pub fn prune(schema: &Schema, value: &mut Value) -> Vec<String> {
    let mut removed = Vec::new();
    prune_value(schema, value, true, "", &mut removed);
    removed
}

fn prune_value(schema: &Schema, value: &mut Value, is_object: bool, path: &str, removed: &mut Vec<String>) {
    match value {
        Value::Object(map) => prune_map(schema, map, is_object || schema.embedded_resource, path, removed),
        Value::Array(items) => {
            let Some(item_schema) = &schema.items else { return };
            for (index, item) in items.iter_mut().enumerate() {
                prune_value(item_schema, item, false, &format!("{path}[{index}]"), removed);
            }
        }
        _ => {}
    }
}

fn prune_map(schema: &Schema, map: &mut Map<String, Value>, is_object: bool, path: &str, removed: &mut Vec<String>) {
    let object_metadata = if is_object { library::core("ObjectMeta") } else { None };
    map.retain(|key, child| {
        let child_path = join(path, key);
        if let (Some(metadata), "metadata") = (&object_metadata, key.as_str()) {
            prune_value(metadata, child, false, &child_path, removed);
            return true;
        }
        if let Some(field) = schema.field(key) {
            prune_value(field, child, false, &child_path, removed);
            return true;
        }
        if schema.preserve_unknown || is_object && matches!(key.as_str(), "apiVersion" | "kind") {
            return true;
        }
        removed.push(child_path);
        false
    });
}

/// A field's path below its parent's.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::schema::schema_from_notation;

    fn check(notation: Value, input: Value, kept: Value, removed: &[&str]) {
        let schema = schema_from_notation(&notation, "").expect("a schema");
        let mut value = input;
        assert_eq!(prune(&schema, &mut value), removed);
        assert_eq!(value, kept);
    }

    #[test]
    fn removes_what_is_not_declared() {
        check(
            json!({"spec": {"a": "string", "list": [{"b": "string"}], "map": {"*": {"c": "string"}}}}),
            json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "n", "foo": 1, "labels": {"any": "y"}},
                "spec": {"a": "1", "z": 1, "list": [{"b": "1"}, {"y": 1}], "map": {"k": {"c": "1", "x": {}}}}, "w": 1}),
            json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "n", "labels": {"any": "y"}},
                "spec": {"a": "1", "list": [{"b": "1"}, {}], "map": {"k": {"c": "1"}}}}),
            &["metadata.foo", "spec.z", "spec.list[1].y", "spec.map.k.x", "w"],
        );
    }

    #[test]
    fn keeps_what_it_is_told_to() {
        check(
            json!({"free": "any", "mixed": {"...": "any", "known": {"a": "string"}}, "closed": "object"}),
            json!({"free": {"x": {"y": 1}}, "mixed": {"other": {"z": 1}, "known": {"b": 1}}, "closed": {"c": 1}}),
            json!({"free": {"x": {"y": 1}}, "mixed": {"other": {"z": 1}, "known": {}}, "closed": {}}),
            &["mixed.known.b", "closed.c"],
        );
    }
}
