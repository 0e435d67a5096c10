//! What a file of changes says, laid over the custom kinds of the file that it changes. Not their notation.
//!
//! A merge patch (RFC 7386) for each kind, found by its name: a mapping is merged, null takes a key away, everything else
//! replaces. One difference: a list of one mapping, which in the notation is a list of such mappings, is merged with
//! another one, so that what differs far inside can be said alone.

use serde_json::Map;
use serde_json::Value;

/// The key that names a kind.
const NAME: &str = "crd";

/// Lays documents over the one of the same name. The error says which one names none.
pub(super) fn lay_over(documents: &mut [Value], changes: &[Value]) -> Result<(), String> {
    for change in changes {
        let Some(name) = change.get(NAME).and_then(Value::as_str) else {
            return Err(format!("a change names what it changes: {NAME}: <plural>.<group>"));
        };
        let document = documents.iter_mut().find(|document| document.get(NAME).and_then(Value::as_str) == Some(name));
        let Some(document) = document else { return Err(format!("there is no {name} that could be changed")) };
        merge(document, change);
    }
    Ok(())
}

fn merge(target: &mut Value, change: &Value) {
    match change {
        Value::Object(changes) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            let Value::Object(target) = target else { return };
            for (key, change) in changes {
                if change.is_null() {
                    target.shift_remove(key);
                } else {
                    merge(target.entry(key.clone()).or_insert(Value::Null), change);
                }
            }
        }
        Value::Array(changes) => match (changes.as_slice(), target.as_array_mut().map(Vec::as_mut_slice)) {
            ([change @ Value::Object(_)], Some([target @ Value::Object(_)])) => merge(target, change),
            _ => target.clone_from(change),
        },
        _ => target.clone_from(change),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_only_what_differs() {
        for (base, change, expected) in [
            (json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": 3}}), json!({"a": {"b": 3, "c": 2}})),
            (json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": null, "d": null}}), json!({"a": {"c": 2}})),
            (json!({"a": [{"b": 1, "c!": 2}]}), json!({"a": [{"c!": null, "c": 2}]}), json!({"a": [{"b": 1, "c": 2}]})),
            (json!({"a": [1]}), json!({"a": [2, 3]}), json!({"a": [2, 3]})),
            (json!({"a": [{"b": 1}, {"c": 1}]}), json!({"a": [{"b": 2}]}), json!({"a": [{"b": 2}]})),
            (json!({"a": "any"}), json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}})),
            (json!({"a": {"b": 1}}), json!({"a": "any"}), json!({"a": "any"})),
        ] {
            let mut result = base.clone();
            merge(&mut result, &change);
            assert_eq!(result, expected, "{change} over {base}");
        }
    }

    #[test]
    fn finds_its_kind() {
        let mut documents = [json!({"crd": "a.x.io", "n": 1}), json!({"crd": "b.x.io", "n": 1})];
        assert_eq!(lay_over(&mut documents, &[json!({"crd": "b.x.io", "n": 2})]), Ok(()));
        assert_eq!(documents, [json!({"crd": "a.x.io", "n": 1}), json!({"crd": "b.x.io", "n": 2})]);
        for (change, expected) in [
            (json!({"crd": "c.x.io"}), "there is no c.x.io that could be changed"),
            (json!({"n": 1}), "a change names what it changes: crd: <plural>.<group>"),
        ] {
            assert_eq!(lay_over(&mut documents, &[change]).err().as_deref(), Some(expected));
        }
    }
}
