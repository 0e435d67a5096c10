//! What a cluster holds of an installation, in a form that two clusters can be compared by.

use std::collections::BTreeMap;

use serde_json::Value;

/// Objects by resource, namespace and name.
pub type Objects = BTreeMap<String, Value>;

/// What we made, without what differs from one cluster to the next: identity, times, status, generated secrets and what
/// is computed from them, and what the cluster chose.
pub fn ours(mut objects: Objects) -> Objects {
    objects.retain(|_, object| {
        let label = object["metadata"]["labels"].get("stackwright.io/installation").is_some();
        // Controllers copy labels to what they make; only our own field manager tells.
        let managers = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        label && managers.iter().any(|one| one["manager"] == "stackwright")
    });
    for object in objects.values_mut() {
        let metadata = object["metadata"].as_object_mut().expect("metadata");
        for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "ownerReferences"] {
            metadata.remove(field);
        }
        object.as_object_mut().expect("a mapping").remove("status");
        for field in ["clusterIP", "clusterIPs", "volumeName"] {
            if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
                spec.remove(field);
            }
        }
        let is_secret = object["kind"] == "Secret";
        forget_what_is_generated(object, is_secret);
    }
    objects
}

fn forget_what_is_generated(value: &mut Value, is_secret: bool) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                let generated = key == "caBundle" || key.contains("checksum") || (is_secret && key == "data");
                if generated {
                    *value = Value::Null;
                } else {
                    forget_what_is_generated(value, is_secret);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forget_what_is_generated(item, is_secret)),
        _ => {}
    }
}

/// The names of the objects that differ, and how; empty where all is the same.
pub fn differences(expected: &Objects, seen: &Objects) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = expected.keys().chain(seen.keys()).collect();
    let differing = names.into_iter().filter(|name| expected.get(*name) != seen.get(*name));
    let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), |value| format!("{value:#}"));
    differing
        .map(|name| {
            let (expected, seen) = (text(expected.get(name)), text(seen.get(name)));
            format!("{name}\n{}", similar::TextDiff::from_lines(&expected, &seen).unified_diff())
        })
        .collect()
}
