//! JSON patches (RFC 6902) on values: what clients send and what webhooks answer.

use serde_json::Value;

/// Applies all operations, or none and says why.
pub fn apply(object: &mut Value, patch: &Value) -> Result<(), String> {
    let Some(operations) = patch.as_array() else { return Err("the patch is not a list of operations".into()) };
    let mut next = object.clone();
    for operation in operations {
        let text =
            |field: &str| operation[field].as_str().ok_or_else(|| format!("operation without {field:?}: {operation}"));
        let value =
            || operation.get("value").cloned().ok_or_else(|| format!("operation without \"value\": {operation}"));
        let path = text("path")?;
        match text("op")? {
            "add" => add(&mut next, path, value()?)?,
            "remove" => {
                take(&mut next, path)?;
            }
            "replace" => replace(&mut next, path, value()?)?,
            "move" => {
                let moved = take(&mut next, text("from")?)?;
                add(&mut next, path, moved)?;
            }
            "copy" => {
                let from = text("from")?;
                let copied = next.pointer(from).cloned().ok_or_else(|| missing("copy", from))?;
                add(&mut next, path, copied)?;
            }
            "test" => {
                let wanted = operation.get("value").unwrap_or(&Value::Null);
                if next.pointer(path).unwrap_or(&Value::Null) != wanted {
                    return Err(format!("testing value {path} failed: test failed"));
                }
            }
            other => return Err(format!("unexpected operation kind: {other}")),
        }
    }
    *object = next;
    Ok(())
}

fn missing(operation: &str, path: &str) -> String {
    format!("{operation} operation does not apply: doc is missing path: {path}: missing value")
}

fn split(path: &str) -> Option<(&str, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let Some((parent, last)) = split(path) else {
        *object = value;
        return Ok(());
    };
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(last, value);
            Ok(())
        }
        Some(Value::Array(items)) if last == "-" => {
            items.push(value);
            Ok(())
        }
        Some(Value::Array(items)) => match last.parse::<usize>() {
            Ok(index) if index <= items.len() => {
                items.insert(index, value);
                Ok(())
            }
            _ => Err(format!("add operation does not apply: index {last} is out of bounds: {path}")),
        },
        _ => Err(missing("add", path)),
    }
}

/// Replacing an entry that a map does not have adds it, against the RFC, as the server's library does.
fn replace(object: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if let Some(place) = object.pointer_mut(path) {
        *place = value;
        return Ok(());
    }
    let parent = split(path).and_then(|(parent, last)| Some((object.pointer_mut(parent)?.as_object_mut()?, last)));
    let (map, last) = parent.ok_or_else(|| missing("replace", path))?;
    map.insert(last, value);
    Ok(())
}

fn take(object: &mut Value, path: &str) -> Result<Value, String> {
    let wrong = || missing("remove", path);
    let (parent, last) = split(path).ok_or_else(wrong)?;
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => map.shift_remove(&last).ok_or_else(wrong),
        Some(Value::Array(items)) => {
            let index = last.parse::<usize>().ok().filter(|index| *index < items.len()).ok_or_else(wrong)?;
            Ok(items.remove(index))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations() {
        let check = |patch: Value, expected: Option<Value>| {
            let mut object = json!({"a": {"b/c": 1}, "l": [1, 2]});
            let result = apply(&mut object, &patch);
            match expected {
                Some(expected) => assert_eq!((result, object), (Ok(()), expected), "{patch}"),
                None => assert!(result.is_err() && object == json!({"a": {"b/c": 1}, "l": [1, 2]}), "{patch}"),
            }
        };
        check(json!([{"op": "add", "path": "/a/x", "value": 2}]), Some(json!({"a": {"b/c": 1, "x": 2}, "l": [1, 2]})));
        check(json!([{"op": "remove", "path": "/a/b~1c"}]), Some(json!({"a": {}, "l": [1, 2]})));
        check(json!([{"op": "add", "path": "/l/-", "value": 3}]), Some(json!({"a": {"b/c": 1}, "l": [1, 2, 3]})));
        check(json!([{"op": "add", "path": "/l/0", "value": 0}]), Some(json!({"a": {"b/c": 1}, "l": [0, 1, 2]})));
        check(json!([{"op": "replace", "path": "/l", "value": []}]), Some(json!({"a": {"b/c": 1}, "l": []})));
        check(json!([{"op": "move", "from": "/a", "path": "/z"}]), Some(json!({"l": [1, 2], "z": {"b/c": 1}})));
        check(json!([{"op": "remove", "path": "/l/0"}, {"op": "test", "path": "/l/0", "value": 9}]), None);
        check(json!([{"op": "replace", "path": "/none/x", "value": 1}]), None);
        check(json!([{"op": "replace", "path": "/l/5", "value": 1}]), None);
        check(
            json!([{"op": "replace", "path": "/a/x", "value": 2}]),
            Some(json!({"a": {"b/c": 1, "x": 2}, "l": [1, 2]})),
        );
        check(json!([{"op": "add", "path": "/none/x", "value": 1}]), None);
    }
}
