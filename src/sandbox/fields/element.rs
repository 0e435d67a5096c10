//! One step of a path into an object, in the notation of managedFields: `f:name`, `k:{"name":"x"}`, `v:"x"`, `i:0`.

use serde_json::Map;
use serde_json::Value;

use crate::object::schema::ListType;
use crate::object::schema::Schema;

/// The step into a field or map entry.
pub fn field(name: &str) -> String {
    format!("f:{name}")
}

/// The step to an item of a granular list. `None` where the item has no identity: a list map's item without a key, or
/// one that is no object.
pub fn item(schema: &Schema, value: &Value) -> Option<String> {
    match schema.list_type.as_ref()? {
        ListType::Atomic => None,
        ListType::Set => Some(format!("v:{value}")),
        ListType::Map(keys) => {
            let object = value.as_object()?;
            let mut sorted: Vec<&String> = keys.iter().collect();
            sorted.sort();
            let mut parts = Map::new();
            let mut present = false;
            for key in sorted {
                let default =
                    || schema.items.as_ref().and_then(|items| items.field(key)).and_then(|f| f.default.as_ref());
                if let Some(part) = object.get(key).filter(|v| !v.is_null()) {
                    present = true;
                    parts.insert(key.clone(), part.clone());
                } else if let Some(default) = default() {
                    parts.insert(key.clone(), default.clone());
                }
            }
            (present || !parts.is_empty()).then(|| format!("k:{}", Value::Object(parts)))
        }
    }
}

/// How messages write a path: `.spec.containers[name="x"].image`.
pub fn display(path: &[String]) -> String {
    let mut text = String::new();
    for element in path {
        match element.split_once(':') {
            Some(("f", name)) => {
                text.push('.');
                text.push_str(name);
            }
            Some(("k", keys)) => {
                let parts = match serde_json::from_str::<Map<String, Value>>(keys) {
                    Ok(keys) => keys.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","),
                    Err(_) => keys.to_owned(),
                };
                text.push_str(&format!("[{parts}]"));
            }
            Some(("v", value)) => text.push_str(&format!("[={value}]")),
            Some((_, index)) => text.push_str(&format!("[{index}]")),
            None => text.push_str(element),
        }
    }
    text
}
