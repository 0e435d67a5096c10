//! Writing a value the way a server shows it after it was stored.

use serde_json::Map;
use serde_json::Value;

use super::Quantity;
use super::Schema;
use super::Type;

/// Brings a value to the form in which its server keeps it: `null` where the schema does not allow it is dropped;
/// for built-in kinds also empty values of fields that are left out when empty, and quantities get their canonical
/// text. Custom resources keep everything else as it was sent. Objects and lists themselves stay, even empty, unless
/// their field is one that is left out.
pub fn normalize(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(map) => normalize_map(schema, map),
        Value::Array(items) => {
            let Some(schema) = &schema.items else { return };
            for item in items {
                normalize(schema, item);
            }
        }
        Value::String(_) | Value::Number(_) if schema.value_type == Type::Quantity => {
            if let Ok(quantity) = Quantity::from_json(value) {
                *value = quantity.to_string().into();
            }
        }
        _ => {}
    }
}

fn normalize_map(schema: &Schema, map: &mut Map<String, Value>) {
    map.retain(|key, child| {
        let Some(field) = schema.field(key) else { return true };
        if child.is_null() {
            return field.nullable || field.value_type == Type::Any;
        }
        normalize(field, child);
        !(field.omit_empty && is_empty(child))
    });
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::GroupVersionKind;
    use crate::object::schema::library;

    /// The ways in which what was sent differs from what a server lists, as measured on a real one.
    #[test]
    fn as_the_server_shows_it() {
        let check = |api_version: &str, kind: &str, sent: Value, kept: Value| {
            let schema = library::kind(&GroupVersionKind::from_api_version(api_version, kind)).expect("a kind");
            let mut value = sent;
            normalize(&schema, &mut value);
            assert_eq!(value, kept);
        };
        let pod = |spec: Value| json!({"spec": {"containers": [spec]}});
        check(
            "v1",
            "Pod",
            pod(json!({"name": "a", "env": [{"name": "E", "value": ""}], "args": [], "resources": {
                "limits": {"cpu": "2000m", "memory": "1024Mi"}, "requests": {"cpu": 1.5}},
                "livenessProbe": {"initialDelaySeconds": 0}, "stdin": false, "securityContext": {"runAsUser": 0}})),
            pod(json!({"name": "a", "env": [{"name": "E"}], "resources": {
                "limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1500m"}},
                "livenessProbe": {}, "securityContext": {"runAsUser": 0}})),
        );
        check("v1", "Pod", json!({"spec": {"affinity": {"podAffinity": null}}}), json!({"spec": {"affinity": {}}}));
        check(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            json!({"subjects": [{"kind": "ServiceAccount", "name": "s", "apiGroup": ""}]}),
            json!({"subjects": [{"kind": "ServiceAccount", "name": "s"}]}),
        );
        check("v1", "ConfigMap", json!({"data": {}}), json!({}));
        check("v1", "ConfigMap", json!({"data": {"a": ""}}), json!({"data": {"a": ""}}));
        check(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            json!({"spec": {"preserveUnknownFields": false}}),
            json!({"spec": {}}),
        );
        check(
            "apps/v1",
            "StatefulSet",
            json!({"spec": {"volumeClaimTemplates": [], "replicas": 0}}),
            json!({"spec": {"replicas": 0}}),
        );
        check(
            "admissionregistration.k8s.io/v1",
            "MutatingWebhookConfiguration",
            json!({"webhooks": [{"clientConfig": {"caBundle": ""}}]}),
            json!({"webhooks": [{"clientConfig": {}}]}),
        );
    }
}
