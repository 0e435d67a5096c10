//! JSON patches (RFC 6902) on values: what clients send and what webhooks answer.
//!
//! A patch may be far smaller than what it makes: one that copies a list into itself doubles it with every line. So
//! operations and copied bytes are bounded, with the bounds of a kube-apiserver.

use serde_json::Value;

use crate::sandbox::http::Failure;

/// So many operations a patch may have.
const OPERATIONS: usize = 10_000;
/// So many bytes of JSON all copies of one patch may make together.
const COPIED_BYTES: usize = 3 * 1024 * 1024;

/// Why a patch was not applied.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    #[error("The allowed maximum operations in a JSON patch is {OPERATIONS}, got {0}")]
    TooManyOperations(usize),
    #[error(
        "Unable to complete the copy, the accumulated size increase of copy is {0}, exceeding the limit {COPIED_BYTES}"
    )]
    CopiesTooMuch(usize),
    #[error("{0}")]
    Wrong(String),
}

impl From<PatchError> for Failure {
    /// The server does not say what is wrong with a patch.
    fn from(error: PatchError) -> Self {
        match error {
            PatchError::TooManyOperations(_) => {
                Self::new(413, "RequestEntityTooLarge", format!("Request entity too large: {error}"))
            }
            _ => Self::new(422, "Invalid", "the server rejected our request due to an error in our request"),
        }
    }
}

/// Applies all operations, or none and says why.
pub fn apply(object: &mut Value, patch: &Value) -> Result<(), PatchError> {
    let Some(operations) = patch.as_array() else {
        return Err(PatchError::Wrong("the patch is not a list of operations".into()));
    };
    if operations.len() > OPERATIONS {
        return Err(PatchError::TooManyOperations(operations.len()));
    }
    let mut next = object.clone();
    let mut copied = 0;
    for operation in operations {
        copied += copied_bytes(&next, operation);
        if copied > COPIED_BYTES {
            return Err(PatchError::CopiesTooMuch(copied));
        }
        perform(&mut next, operation).map_err(PatchError::Wrong)?;
    }
    *object = next;
    Ok(())
}

/// How many bytes of JSON an operation copies.
fn copied_bytes(object: &Value, operation: &Value) -> usize {
    let from = operation["from"].as_str().filter(|_| operation["op"] == "copy");
    from.and_then(|from| object.pointer(from)).map_or(0, size)
}

/// The length of a value as JSON text, counted without making it.
pub fn size(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).expect("a JSON value can be written");
    count.0
}

fn perform(object: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |field: &str| operation[field].as_str().ok_or_else(|| format!("operation without {field:?}"));
    let value = || operation.get("value").cloned().ok_or_else(|| "operation without \"value\"".to_owned());
    let path = text("path")?;
    match text("op")? {
        "add" => add(object, path, value()?),
        "remove" => take(object, path).map(|_| ()),
        "replace" => replace(object, path, value()?),
        "move" => {
            let moved = take(object, text("from")?)?;
            add(object, path, moved)
        }
        "copy" => {
            let from = text("from")?;
            let copied = object.pointer(from).cloned().ok_or_else(|| missing("copy", from))?;
            add(object, path, copied)
        }
        "test" => {
            let wanted = operation.get("value").unwrap_or(&Value::Null);
            let holds = object.pointer(path).unwrap_or(&Value::Null) == wanted;
            if holds { Ok(()) } else { Err(format!("testing value {path} failed: test failed")) }
        }
        other => Err(format!("unexpected operation kind: {other}")),
    }
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

    #[test]
    fn copies_and_operations_are_bounded() {
        // Doubles a list with every line: 2 kB of patch would make gigabytes.
        let doubling = |times: usize| json!(vec![json!({"op": "copy", "from": "/l", "path": "/l/0"}); times]);
        let mut object = json!({"l": ["x".repeat(1000)]});
        assert_eq!(apply(&mut object, &doubling(3)), Ok(()));
        assert_eq!(size(&object["l"]), object["l"].to_string().len());
        let before = object.clone();
        assert!(matches!(apply(&mut object, &doubling(22)), Err(PatchError::CopiesTooMuch(_))));
        assert_eq!(object, before);
        let many = |count: usize| json!(vec![json!({"op": "test", "path": "/none", "value": null}); count]);
        assert_eq!(apply(&mut object, &many(OPERATIONS)), Ok(()));
        assert_eq!(apply(&mut object, &many(OPERATIONS + 1)), Err(PatchError::TooManyOperations(OPERATIONS + 1)));
    }
}
