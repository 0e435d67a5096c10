//! Small helpers on the metadata of an object that is being written.

use serde_json::Map;
use serde_json::Value;

/// The metadata, made where it is missing.
pub fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let map = object.as_object_mut().expect("just made an object");
    let metadata = map.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if !metadata.is_object() {
        *metadata = Value::Object(Map::new());
    }
    metadata.as_object_mut().expect("just made an object")
}

/// A text of the metadata; empty where there is none.
pub fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get("metadata").and_then(|m| m.get(field)).and_then(Value::as_str).unwrap_or_default()
}

/// The finalizers.
pub fn finalizers(object: &Value) -> Vec<&str> {
    let list = object.get("metadata").and_then(|m| m.get("finalizers")).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Adds a finalizer that is not there yet.
pub fn add_finalizer(object: &mut Value, name: &str) {
    let list = metadata_mut(object).entry("finalizers").or_insert_with(|| Value::Array(Vec::new()));
    if let Some(list) = list.as_array_mut()
        && !list.iter().any(|known| known == name)
    {
        list.push(name.into());
    }
}

/// Takes a finalizer away.
pub fn remove_finalizer(object: &mut Value, name: &str) {
    let metadata = metadata_mut(object);
    let Some(list) = metadata.get_mut("finalizers").and_then(Value::as_array_mut) else { return };
    list.retain(|known| known != name);
    if list.is_empty() {
        metadata.shift_remove("finalizers");
    }
}

/// Sets `field` of `object` to what it is in `from`, or takes it away where it is not there.
pub fn copy_field(object: &mut Value, from: Option<&Value>, field: &str) {
    let Some(map) = object.as_object_mut() else { return };
    match from.and_then(|from| from.get(field)) {
        Some(value) => {
            map.insert(field.to_owned(), value.clone());
        }
        None => {
            map.shift_remove(field);
        }
    }
}

/// This moment as the server writes it: RFC 3339 in whole seconds.
pub fn now() -> String {
    format!("{:.0}", jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).unwrap_or_default())
}

/// Whether two states differ in more than the times of their managedFields and the revision.
pub fn same_but_for_times(a: &Value, b: &Value) -> bool {
    fn stripped(object: &Value) -> Map<String, Value> {
        let mut metadata = object.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
        metadata.shift_remove("resourceVersion");
        for entry in metadata.get_mut("managedFields").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(entry) = entry.as_object_mut() {
                entry.shift_remove("time");
            }
        }
        metadata
    }
    let (Some(left), Some(right)) = (a.as_object(), b.as_object()) else { return a == b };
    if left.len() != right.len() {
        return false;
    }
    left.iter().all(|(name, value)| name == "metadata" || right.get(name) == Some(value)) && stripped(a) == stripped(b)
}
