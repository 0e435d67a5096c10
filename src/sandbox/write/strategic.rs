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
                let merged = merge_items(item_schema, live, items, key, name)?;
                let wanted = order.map_or(items.as_slice(), Vec::as_slice);
                Value::Array(order_items(merged, wanted, live, key))
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
            let live = items.clone();
            let wanted = order.as_array().map(Vec::as_slice).unwrap_or_default();
            *items = order_items(std::mem::take(items), wanted, &live, key);
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

/// Puts what the patch names in the order in which it names it. The rest keeps its own order, and stands before an item
/// of the patch only where it stood before it in the live list.
fn order_items(items: Vec<Value>, wanted: &[Value], live: &[Value], key: &str) -> Vec<Value> {
    let id = |item: &Value| match item.get(key) {
        Some(id) if !key.is_empty() => id.clone(),
        _ => item.clone(),
    };
    let wanted: Vec<Value> = wanted.iter().map(id).collect();
    let live: Vec<Value> = live.iter().map(id).collect();
    let place = |list: &[Value], item: &Value| {
        let id = id(item);
        list.iter().position(|known| *known == id)
    };
    let (mut named, rest): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| place(&wanted, item).is_some());
    named.sort_by_key(|item| place(&wanted, item));
    let mut ordered = Vec::with_capacity(named.len() + rest.len());
    let mut rest = rest.into_iter().peekable();
    for item in named {
        let stood = place(&live, &item);
        while let Some(other) = rest.next_if(|other| stood.is_some() && place(&live, other) < stood) {
            ordered.push(other);
        }
        ordered.push(item);
    }
    ordered.extend(rest);
    ordered
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
