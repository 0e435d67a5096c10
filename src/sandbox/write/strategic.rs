//! Strategic merge patches: merge patches in which lists of built-in kinds merge by key.

use serde_json::Map;
use serde_json::Value;

use crate::object::schema::Schema;
use crate::sandbox::http::Failure;

/// The object with the patch merged into it.
pub fn merge(schema: Option<&Schema>, object: &Value, patch: &Value) -> Result<Value, Failure> {
    let Some(patch) = patch.as_object() else { return Ok(patch.clone()) };
    let empty = Map::new();
    let object = object.as_object().unwrap_or(&empty);
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            let kept = patch.iter().filter(|(name, _)| !name.starts_with('$'));
            return Ok(Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect()));
        }
        Some("delete") => return Ok(Value::Object(Map::new())),
        _ => {}
    }
    let mut merged = object.clone();
    if let Some(keys) = patch.get("$retainKeys").and_then(Value::as_array) {
        merged.retain(|name, _| keys.iter().any(|key| key == name));
    }
    for (directive, list) in patch {
        if let Some(field) = directive.strip_prefix("$deleteFromPrimitiveList/")
            && let (Some(Value::Array(items)), Some(gone)) = (merged.get_mut(field), list.as_array())
        {
            items.retain(|item| !gone.contains(item));
        }
    }
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        let field = schema.and_then(|schema| schema.field(name)).map(AsRef::as_ref);
        let rule = field.and_then(|field| field.patch.as_deref());
        let next = match (value, merged.get(name)) {
            (Value::Null, _) => {
                merged.shift_remove(name);
                continue;
            }
            (Value::Object(_), _) if rule.is_some_and(|rule| rule.replace) => value.clone(),
            (Value::Object(_), live) => merge(field, live.unwrap_or(&Value::Null), value)?,
            (Value::Array(items), live) if rule.is_some_and(|rule| rule.merge) => {
                let live = live.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let key = rule.map(|rule| rule.merge_key.as_str()).unwrap_or_default();
                let order = patch.get(&format!("$setElementOrder/{name}")).and_then(Value::as_array);
                let item_schema = field.and_then(|field| field.items.as_deref());
                Value::Array(order_items(merge_items(item_schema, live, items, key, name)?, order, key))
            }
            (value, _) => value.clone(),
        };
        merged.insert(name.clone(), next);
    }
    for (directive, order) in patch {
        if let Some(field) = directive.strip_prefix("$setElementOrder/")
            && !patch.contains_key(field)
            && let Some(Value::Array(items)) = merged.get_mut(field)
        {
            let rule = schema.and_then(|s| s.field(field)).and_then(|f| f.patch.as_deref());
            let key = rule.map(|rule| rule.merge_key.as_str()).unwrap_or_default();
            *items = order_items(std::mem::take(items), order.as_array(), key);
        }
    }
    Ok(Value::Object(merged))
}

fn merge_items(
    schema: Option<&Schema>,
    live: &[Value],
    patch: &[Value],
    key: &str,
    name: &str,
) -> Result<Vec<Value>, Failure> {
    if patch.iter().any(|item| item["$patch"] == "replace") {
        return Ok(patch.iter().filter(|item| item["$patch"] != "replace").cloned().collect());
    }
    let mut merged = live.to_vec();
    for item in patch {
        if key.is_empty() || !item.is_object() {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
            continue;
        }
        let Some(id) = item.get(key) else {
            return Err(Failure::bad_request(format!(
                "map: {item} does not contain declared merge key: {key} (in {name})"
            )));
        };
        let place = merged.iter().position(|live| live.get(key) == Some(id));
        match (item["$patch"].as_str(), place) {
            (Some("delete"), Some(index)) => {
                merged.remove(index);
            }
            (Some("delete"), None) => {}
            (_, Some(index)) => merged[index] = merge(schema, &merged[index], item)?,
            (_, None) => merged.push(merge(schema, &Value::Null, item)?),
        }
    }
    Ok(merged)
}

/// Puts the items in the wanted order; those it does not name keep their place behind the one they followed.
fn order_items(items: Vec<Value>, order: Option<&Vec<Value>>, key: &str) -> Vec<Value> {
    let Some(order) = order else { return items };
    let id = |item: &Value| if key.is_empty() { item.clone() } else { item.get(key).cloned().unwrap_or_default() };
    let wanted: Vec<Value> =
        order.iter().map(|entry| if entry.is_object() { id(entry) } else { entry.clone() }).collect();
    let rank = |item: &Value| wanted.iter().position(|entry| *entry == id(item));
    let mut slots: Vec<(usize, usize, Value)> = Vec::with_capacity(items.len());
    let mut last = 0;
    for (index, item) in items.into_iter().enumerate() {
        if let Some(rank) = rank(&item) {
            last = rank;
        }
        slots.push((last, index, item));
    }
    slots.sort_by_key(|(rank, index, _)| (*rank, *index));
    slots.into_iter().map(|(_, _, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::GroupVersionKind;
    use crate::object::schema::library;

    #[test]
    fn lists_merge_by_key() {
        let schema = library::kind(&GroupVersionKind::from_api_version("v1", "Pod")).expect("a kind");
        let pod =
            json!({"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1", "args": ["x"]}]}});
        let check = |patch: Value, expected: Value| {
            let merged = merge(Some(&schema), &pod, &json!({"spec": patch})).expect("merges");
            assert_eq!(merged["spec"]["containers"], expected, "{patch}");
        };
        check(
            json!({"containers": [{"name": "b", "image": "2", "args": ["y"]}]}),
            json!([{"name": "a", "image": "1"}, {"name": "b", "image": "2", "args": ["y"]}]),
        );
        check(
            json!({"containers": [{"name": "a", "$patch": "delete"}]}),
            json!([{"name": "b", "image": "1", "args": ["x"]}]),
        );
        check(
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "a", "image": null}]}),
            json!([{"name": "b", "image": "1", "args": ["x"]}, {"name": "a"}]),
        );
        check(json!({"containers": [{"$patch": "replace"}, {"name": "c"}]}), json!([{"name": "c"}]));
    }
}
