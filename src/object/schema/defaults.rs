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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::GroupVersionKind;
    use crate::object::schema::library;
    use crate::object::schema::validate;

    /// Defaults an object of a built-in kind and returns what stands at a pointer; the whole must be valid.
    fn check(object: Value, expected: &[(&str, Value)]) {
        let kind = |key: &str| object[key].as_str().expect("a text").to_owned();
        let gvk = GroupVersionKind::from_api_version(&kind("apiVersion"), &kind("kind"));
        let schema = library::kind(&gvk).expect("a built-in kind");
        let mut value = object;
        apply_defaults(&schema, &mut value);
        for (pointer, expected) in expected {
            assert_eq!(value.pointer(pointer).unwrap_or(&Value::Null), expected, "{pointer}");
        }
        assert_eq!(validate(&schema, &value), []);
        let once = value.clone();
        apply_defaults(&schema, &mut value);
        assert_eq!(value, once, "defaulting twice changes nothing more");
    }

    #[test]
    fn workloads() {
        let containers = json!([
            {"name": "a", "image": "localhost:5000/dex"},
            {"name": "b", "image": "dex:v1", "ports": [{"containerPort": 80}],
                "livenessProbe": {"httpGet": {"port": 80}, "timeoutSeconds": 0}},
            {"name": "c", "image": "dex@sha256:0000", "terminationMessagePolicy": ""},
        ]);
        let template = "/spec/template/spec";
        check(
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"},
                "spec": {"selector": {}, "template": {"spec": {"containers": containers,
                    "volumes": [{"name": "v"}, {"name": "s", "secret": {"secretName": "s"}}]}}}}),
            &[
                ("/spec/replicas", json!(1)),
                (
                    "/spec/strategy",
                    json!({"type": "RollingUpdate",
                    "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}),
                ),
                ("/spec/progressDeadlineSeconds", json!(600)),
                (&format!("{template}/restartPolicy"), json!("Always")),
                (&format!("{template}/enableServiceLinks"), Value::Null),
                (&format!("{template}/containers/0/imagePullPolicy"), json!("Always")),
                (&format!("{template}/containers/0/resources"), json!({})),
                (&format!("{template}/containers/1/imagePullPolicy"), json!("IfNotPresent")),
                (&format!("{template}/containers/1/ports/0/protocol"), json!("TCP")),
                (&format!("{template}/containers/1/livenessProbe/timeoutSeconds"), json!(1)),
                (
                    &format!("{template}/containers/1/livenessProbe/httpGet"),
                    json!({"port": 80, "path": "/", "scheme": "HTTP"}),
                ),
                (&format!("{template}/containers/2/imagePullPolicy"), json!("IfNotPresent")),
                (&format!("{template}/containers/2/terminationMessagePolicy"), json!("File")),
                (&format!("{template}/volumes/0"), json!({"name": "v", "emptyDir": {}})),
                (&format!("{template}/volumes/1/secret/defaultMode"), json!(420)),
                (&format!("{template}/volumes/1/emptyDir"), Value::Null),
            ],
        );
        check(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [
                {"name": "a", "image": "a:1", "resources": {"limits": {"cpu": "1", "memory": "1Gi"},
                    "requests": {"cpu": "500m"}}}]}}),
            &[
                ("/spec/containers/0/resources/requests", json!({"cpu": "500m", "memory": "1Gi"})),
                ("/spec/enableServiceLinks", json!(true)),
            ],
        );
        check(
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": {"parallelism": 3,
                "template": {"spec": {"containers": [{"name": "a", "image": "a:1"}], "restartPolicy": "Never"}}}}),
            &[("/spec/completions", Value::Null), ("/spec/parallelism", json!(3)), ("/spec/backoffLimit", json!(6))],
        );
    }

    #[test]
    fn other_kinds() {
        let service =
            |spec: Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": spec});
        check(
            service(json!({"ports": [{"port": 80}]})),
            &[
                ("/spec/type", json!("ClusterIP")),
                ("/spec/ports/0", json!({"port": 80, "protocol": "TCP", "targetPort": 80})),
                ("/spec/externalTrafficPolicy", Value::Null),
                ("/spec/internalTrafficPolicy", json!("Cluster")),
                ("/status", json!({"loadBalancer": {}})),
            ],
        );
        check(
            service(json!({"type": "LoadBalancer", "sessionAffinity": "ClientIP"})),
            &[
                ("/spec/externalTrafficPolicy", json!("Cluster")),
                ("/spec/allocateLoadBalancerNodePorts", json!(true)),
                ("/spec/sessionAffinityConfig/clientIP/timeoutSeconds", json!(10800)),
            ],
        );
        check(
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "x"},
                "roleRef": {"kind": "Role", "name": "r"},
                "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s"}]}),
            &[
                ("/roleRef/apiGroup", json!("rbac.authorization.k8s.io")),
                ("/subjects/0/apiGroup", json!("rbac.authorization.k8s.io")),
                ("/subjects/1/apiGroup", Value::Null),
            ],
        );
        check(
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "as.b.c"}, "spec": {"group": "b.c", "scope": "Cluster",
                    "names": {"plural": "as", "kind": "AThing"}, "versions": []}}),
            &[
                ("/spec/names/singular", json!("athing")),
                ("/spec/names/listKind", json!("AThingList")),
                ("/spec/conversion", json!({"strategy": "None"})),
            ],
        );
        check(
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "x"},
                "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d"},
                    "behavior": {"scaleDown": {"selectPolicy": "Min"}}}}),
            &[
                ("/spec/metrics/0/resource/target/averageUtilization", json!(80)),
                ("/spec/behavior/scaleDown/selectPolicy", json!("Min")),
                ("/spec/behavior/scaleDown/policies/0/value", json!(100)),
                ("/spec/behavior/scaleUp/stabilizationWindowSeconds", json!(0)),
            ],
        );
    }

    #[test]
    fn declared_defaults_of_custom_kinds() {
        let schema = Schema::from_json(&json!({"type": "object", "properties": {"spec": {"type": "object",
            "default": {}, "properties": {
                "a": {"type": "string", "default": "x"},
                "n": {"type": "string", "nullable": true, "default": "x"},
                "list": {"type": "array", "items": {"type": "object", "properties": {
                    "b": {"type": "integer", "default": 1}}}},
                "none": {"type": "object", "properties": {"c": {"type": "integer", "default": 1}}}}}}}))
        .expect("a schema");
        let mut value = json!({});
        apply_defaults(&schema, &mut value);
        assert_eq!(value, json!({"spec": {"a": "x", "n": "x"}}));
        let mut value = json!({"spec": {"a": null, "n": null, "list": [{}, {"b": 2}], "none": {}}});
        apply_defaults(&schema, &mut value);
        assert_eq!(value, json!({"spec": {"a": "x", "n": null, "list": [{"b": 1}, {"b": 2}], "none": {"c": 1}}}));
    }
}
