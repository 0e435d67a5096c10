//! The operations of a JSON patch (RFC 6902), by the letter: what is replaced must be there.

use serde_json::Value;

use super::PatchError;
use crate::diag::nearest;

/// So many bytes of JSON all copies of one patch may make together: each could double what the one before made.
const COPIED_BYTES: usize = 3 * 1024 * 1024;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

impl Verb {
    /// All as they are written.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("add", Self::Add),
        ("remove", Self::Remove),
        ("replace", Self::Replace),
        ("move", Self::Move),
        ("copy", Self::Copy),
        ("test", Self::Test),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, verb)| *verb)
    }

    /// Whether it says what comes to its path.
    pub fn takes_value(self) -> bool {
        matches!(self, Self::Add | Self::Replace | Self::Test)
    }

    /// Whether it says where what comes to its path stands before.
    pub fn takes_source(self) -> bool {
        matches!(self, Self::Move | Self::Copy)
    }
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub verb: Verb,
    /// A JSON pointer: `/spec/replicas`.
    pub path: String,
    /// Another, where the verb takes one; else empty.
    pub from: String,
    /// Null where the verb takes none.
    pub value: Value,
}

/// Performs all operations, one after the other.
pub fn perform(object: &mut Value, operations: &[Operation]) -> Result<(), PatchError> {
    let mut copied = 0;
    for operation in operations {
        let Operation { verb, path, from, value } = operation;
        match verb {
            Verb::Add => add(object, path, value.clone())?,
            Verb::Remove => _ = take(object, path)?,
            Verb::Replace => *find(object, path)? = value.clone(),
            Verb::Move => {
                let moved = take(object, from)?;
                add(object, path, moved)?;
            }
            Verb::Copy => {
                let value = find(object, from)?.clone();
                copied += value.to_string().len();
                if copied > COPIED_BYTES {
                    return Err(PatchError::new(path, "the copies are larger than any object may be"));
                }
                add(object, path, value)?;
            }
            Verb::Test => {
                if find(object, path)? != value {
                    return Err(PatchError::new(path, "has another value than the patch tests for"));
                }
            }
        }
    }
    Ok(())
}

/// The unescaped steps of a pointer.
fn steps(path: &str) -> impl Iterator<Item = String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// A place in a list; only its decimal number without zeros before it is one.
fn index(step: &str, length: usize) -> Option<usize> {
    let index: usize = step.parse().ok()?;
    (index < length && index.to_string() == step).then_some(index)
}

/// The value at a pointer; else how far it leads.
fn find<'v>(object: &'v mut Value, path: &str) -> Result<&'v mut Value, PatchError> {
    let mut at = object;
    for step in steps(path) {
        at = below(at, &step, path)?;
    }
    Ok(at)
}

fn below<'v>(value: &'v mut Value, step: &str, path: &str) -> Result<&'v mut Value, PatchError> {
    match value {
        Value::Object(map) => {
            if !map.contains_key(step) {
                let near = nearest(step, map.keys().map(String::as_str)).map(str::to_owned);
                let missing = PatchError::new(path, format!("does not exist: there is no \"{step}\""));
                return Err(PatchError { near, ..missing });
            }
            // It is there, as was just seen.
            map.get_mut(step).ok_or_else(|| PatchError::new(path, "does not exist"))
        }
        Value::Array(items) => match index(step, items.len()) {
            Some(index) => Ok(&mut items[index]),
            None => Err(no_item(path, step, items.len())),
        },
        _ => Err(PatchError::new(path, format!("does not exist: nothing can stand at \"{step}\""))),
    }
}

fn no_item(path: &str, step: &str, length: usize) -> PatchError {
    let has = match length {
        0 => "is empty".to_owned(),
        1 => "has one item, 0".to_owned(),
        length => format!("has the items 0 to {}", length - 1),
    };
    PatchError::new(path, format!("does not exist: the list {has}, and no item \"{step}\""))
}

/// What holds the value of a pointer, and its last step.
fn holder<'v>(object: &'v mut Value, path: &str) -> Result<(&'v mut Value, String), PatchError> {
    let mut steps: Vec<String> = steps(path).collect();
    let Some(last) = steps.pop() else {
        return Err(PatchError::new(path, "is the object as a whole"));
    };
    let mut at = object;
    for step in steps {
        at = below(at, &step, path)?;
    }
    Ok((at, last))
}

fn add(object: &mut Value, path: &str, value: Value) -> Result<(), PatchError> {
    let (holder, last) = holder(object, path)?;
    match holder {
        Value::Object(map) => _ = map.insert(last, value),
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => match index(&last, items.len() + 1) {
            Some(index) => items.insert(index, value),
            None => return Err(no_item(path, &last, items.len())),
        },
        _ => return Err(PatchError::new(path, format!("does not exist: nothing can stand at \"{last}\""))),
    }
    Ok(())
}

fn take(object: &mut Value, path: &str) -> Result<Value, PatchError> {
    let (holder, last) = holder(object, path)?;
    // Says what is missing.
    below(holder, &last, path)?;
    let taken = match holder {
        Value::Object(map) => map.shift_remove(&last),
        Value::Array(items) => index(&last, items.len()).map(|index| items.remove(index)),
        _ => None,
    };
    taken.ok_or_else(|| PatchError::new(path, "does not exist"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operations(patch: &Value) -> Vec<Operation> {
        let text = |one: &Value, field: &str| one[field].as_str().unwrap_or_default().to_owned();
        let operation = |one: &Value| Operation {
            verb: Verb::from_name(&text(one, "op")).expect("a verb"),
            path: text(one, "path"),
            from: text(one, "from"),
            value: one["value"].clone(),
        };
        patch.as_array().expect("a list").iter().map(operation).collect()
    }

    fn run(patch: Value) -> Result<Value, String> {
        let mut object = json!({"a": {"b/c": 1, "~": 2}, "l": [1, 2], "s": "x"});
        let done = perform(&mut object, &operations(&patch));
        done.map(|()| object).map_err(|error| match &error.near {
            Some(near) => format!("{error} ({near})"),
            None => error.to_string(),
        })
    }

    #[test]
    fn operations_follow_the_standard() {
        let check = |patch: Value, field: &str, expected: Value| {
            assert_eq!(run(patch.clone()).map(|done| done[field].clone()), Ok(expected), "{patch}");
        };
        check(json!([{"op": "add", "path": "/a/x", "value": 2}]), "a", json!({"b/c": 1, "~": 2, "x": 2}));
        check(json!([{"op": "add", "path": "/l/-", "value": 3}]), "l", json!([1, 2, 3]));
        check(json!([{"op": "add", "path": "/l/2", "value": 3}]), "l", json!([1, 2, 3]));
        check(json!([{"op": "add", "path": "/l/0", "value": 0}]), "l", json!([0, 1, 2]));
        check(json!([{"op": "add", "path": "/l", "value": []}]), "l", json!([]));
        check(json!([{"op": "remove", "path": "/a/b~1c"}]), "a", json!({"~": 2}));
        check(json!([{"op": "remove", "path": "/a/~0"}]), "a", json!({"b/c": 1}));
        check(json!([{"op": "remove", "path": "/l/0"}]), "l", json!([2]));
        check(json!([{"op": "replace", "path": "/l/1", "value": 9}]), "l", json!([1, 9]));
        check(json!([{"op": "move", "from": "/s", "path": "/l/0"}]), "l", json!(["x", 1, 2]));
        check(json!([{"op": "copy", "from": "/l", "path": "/a"}]), "a", json!([1, 2]));
        check(json!([{"op": "test", "path": "/s", "value": "x"}]), "s", json!("x"));
    }

    #[test]
    fn what_is_not_there_is_told() {
        let check = |patch: Value, expected: &str| assert_eq!(run(patch), Err(expected.to_owned()));
        check(
            json!([{"op": "replace", "path": "/a/b~1", "value": 1}]),
            "/a/b~1: does not exist: there is no \"b/\" (b/c)",
        );
        check(
            json!([{"op": "replace", "path": "/l/2", "value": 1}]),
            "/l/2: does not exist: the list has the items 0 to 1, and no item \"2\"",
        );
        check(
            json!([{"op": "replace", "path": "/l/00", "value": 1}]),
            "/l/00: does not exist: the list has the items 0 to 1, and no item \"00\"",
        );
        check(json!([{"op": "add", "path": "/s/x", "value": 1}]), "/s/x: does not exist: nothing can stand at \"x\"");
        check(json!([{"op": "add", "path": "/none/x", "value": 1}]), "/none/x: does not exist: there is no \"none\"");
        check(json!([{"op": "remove", "path": "/none"}]), "/none: does not exist: there is no \"none\"");
        check(json!([{"op": "copy", "from": "/none", "path": "/a"}]), "/none: does not exist: there is no \"none\"");
        check(json!([{"op": "remove", "path": ""}]), "is the object as a whole");
        check(
            json!([{"op": "remove", "path": "/l/0"}, {"op": "test", "path": "/l/0", "value": 9}]),
            "/l/0: has another value than the patch tests for",
        );
        // Doubles a list with every line.
        let doubling = json!(vec![json!({"op": "copy", "from": "/l", "path": "/l/0"}); 40]);
        check(doubling, "/l/0: the copies are larger than any object may be");
    }
}
