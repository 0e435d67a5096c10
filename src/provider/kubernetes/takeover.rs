//! Rewrites managedFields so that what older tools wrote becomes ours. Pure.
//!
//! Without it, fields that kubectl or Helm once wrote stay for ever: a server-side apply removes only fields nobody
//! else owns.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::FIELD_MANAGER;
use crate::object::Object;

/// The managedFields with the entries of `managers` merged into ours; `None` where those managers have none.
/// Entries of sub-resources (status) stay with whom they are.
pub(super) fn managed_fields(object: &Object, managers: &[String]) -> Option<Value> {
    let entries = object.get("/metadata/managedFields")?.as_array()?;
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (mut taken, mut kept): (Vec<Value>, Vec<Value>) = entries.iter().cloned().partition(|entry| {
        text(entry, "subresource").is_empty() && managers.iter().any(|manager| *manager == text(entry, "manager"))
    });
    if taken.is_empty() {
        return None;
    }
    let own = kept.iter().position(|entry| {
        text(entry, "manager") == FIELD_MANAGER
            && text(entry, "operation") == "Apply"
            && text(entry, "subresource").is_empty()
    });
    let mut ours = match own {
        Some(at) => kept.remove(at),
        None => json!({
            "manager": FIELD_MANAGER, "operation": "Apply", "apiVersion": object.api_version(),
            "fieldsType": "FieldsV1", "fieldsV1": {},
        }),
    };
    if let Some(fields) = ours.get_mut("fieldsV1") {
        for entry in &mut taken {
            if let Some(more) = entry.get_mut("fieldsV1").map(Value::take) {
                merge(fields, more);
            }
        }
    }
    kept.push(ours);
    Some(Value::Array(kept))
}

/// Unites two trees of field names. As deep as the object, which the server bounds.
fn merge(into: &mut Value, from: Value) {
    let Value::Object(from) = from else { return };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Some(into) = into.as_object_mut() else { return };
    for (key, value) in from {
        match into.get_mut(&key) {
            Some(existing) => merge(existing, value),
            None => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(entries: Value) -> Object {
        Object::from_value(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "managedFields": entries},
        }))
        .unwrap()
    }

    fn entry(manager: &str, operation: &str, fields: Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
    }

    #[test]
    fn old_entries_become_ours() {
        let kubectl = || entry("kubectl-client-side-apply", "Update", json!({"f:data": {"f:a": {}, "f:b": {}}}));
        let other = || entry("controller", "Update", json!({"f:data": {"f:z": {}}}));
        let ours = || entry(FIELD_MANAGER, "Apply", json!({"f:data": {"f:a": {}, "f:c": {}}}));
        let check = |entries: Value, expected: Option<Value>| {
            let managers = ["kubectl-client-side-apply".to_owned(), "helm".to_owned()];
            assert_eq!(managed_fields(&object(entries), &managers), expected);
        };
        check(json!([other(), ours()]), None);
        check(
            json!([kubectl(), other(), ours()]),
            Some(json!([other(), entry(FIELD_MANAGER, "Apply", json!({"f:data": {"f:a": {}, "f:c": {}, "f:b": {}}}))])),
        );
        check(
            json!([kubectl()]),
            Some(json!([entry(FIELD_MANAGER, "Apply", json!({"f:data": {"f:a": {}, "f:b": {}}}))])),
        );
    }
}
