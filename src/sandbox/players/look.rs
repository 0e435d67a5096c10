//! Short ways to read and compare objects that players hold as JSON.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// The value at a JSON pointer without escapes. Unlike serde's it allocates nothing, and players look a lot.
pub(super) fn at<'a>(object: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(object, |value, part| match value {
        Value::Object(map) => map.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The text at a JSON pointer; empty where there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    at(object, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub(super) fn number(object: &Value, pointer: &str) -> Option<i64> {
    at(object, pointer).and_then(Value::as_i64)
}

/// The items of the list at a JSON pointer; none where there is no list.
pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    at(object, pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The mapping at a JSON pointer.
pub(super) fn mapping<'a>(object: &'a Value, pointer: &str) -> Option<&'a Map<String, Value>> {
    at(object, pointer).and_then(Value::as_object)
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Empty for cluster-scoped objects.
pub(super) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

pub(super) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

pub(super) fn is_deleting(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    mapping(object, "/metadata/annotations")?.get(key)?.as_str()
}

pub(super) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    mapping(object, "/metadata/labels")?.get(key)?.as_str()
}

/// The owner reference of the controller of an object.
pub(super) fn controller(object: &Value) -> Option<&Value> {
    items(object, "/metadata/ownerReferences").iter().find(|owner| owner["controller"] == true)
}

/// An owner reference that makes `owner` the controller.
pub(super) fn owner_reference(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": name(owner), "uid": uid(owner),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// Whether a condition of a status is `"True"`.
pub(super) fn condition_holds(object: &Value, kind: &str) -> bool {
    items(object, "/status/conditions").iter().any(|one| one["type"] == kind && one["status"] == "True")
}

/// Whether labels satisfy a LabelSelector; an absent selector matches nothing, an empty one everything.
pub(super) fn selects(selector: Option<&Value>, labels: Option<&Map<String, Value>>) -> bool {
    let Some(selector) = selector.filter(|selector| selector.is_object()) else { return false };
    let value = |key: &str| labels.and_then(|labels| labels.get(key));
    let all_equal = mapping(selector, "/matchLabels").is_none_or(|wanted| has_all(wanted, labels));
    let expressions = items(selector, "/matchExpressions");
    all_equal
        && expressions.iter().all(|one| {
            let actual = value(text(one, "/key"));
            let listed = actual.is_some_and(|actual| items(one, "/values").contains(actual));
            match text(one, "/operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => actual.is_some(),
                "DoesNotExist" => actual.is_none(),
                _ => false,
            }
        })
}

/// Whether labels hold all of `wanted`.
pub(super) fn has_all(wanted: &Map<String, Value>, labels: Option<&Map<String, Value>>) -> bool {
    wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

/// Now, as objects carry it.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Seconds since a timestamp of an object; `None` where it is none.
pub(super) fn seconds_since(timestamp: &str) -> Option<f64> {
    let then: jiff::Timestamp = timestamp.parse().ok()?;
    Some(jiff::Timestamp::now().duration_since(then).as_secs_f64())
}

/// Sets a condition in a list as controllers do: `lastTransitionTime` changes only with the status. Returns whether
/// anything changed.
pub(super) fn set_condition(
    conditions: &mut Vec<Value>,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
) -> bool {
    let found = conditions.iter_mut().find(|one| one["type"] == kind);
    let Some(found) = found else {
        conditions.push(json!({"type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": now()}));
        return true;
    };
    if found["status"] == status && found["reason"] == reason && found["message"] == message {
        return false;
    }
    if found["status"] != status {
        found["lastTransitionTime"] = now().into();
    }
    found["status"] = status.into();
    found["reason"] = reason.into();
    found["message"] = message.into();
    true
}

/// A short word that differs for different texts and holds no vowels, as Kubernetes makes name suffixes.
pub(super) fn short_hash(text: &str, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    // FNV-1a: stable across runs and platforms, which names must be.
    let mut hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut word = String::with_capacity(length);
    for _ in 0..length {
        word.push(char::from(LETTERS[(hash % LETTERS.len() as u64) as usize]));
        hash = (hash / LETTERS.len() as u64).rotate_left(29) ^ hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    word
}

/// The text of a value with the keys of every mapping in order, equal for equal values.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let entries: Vec<String> = keys.iter().map(|key| format!("{key:?}:{}", canonical(&map[*key]))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// Whether two templates of pods say the same, but for a label that a controller adds to one of them. What a true
/// controller writes has empty fields and a directive for merging beside.
pub(super) fn same_template(one: &Value, other: &Value, label: &str) -> bool {
    fn plain(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let said = map.iter().filter(|(key, value)| !value.is_null() && *key != "$patch");
                said.map(|(key, value)| (key.clone(), plain(value))).collect()
            }
            Value::Array(items) => items.iter().map(plain).collect(),
            other => other.clone(),
        }
    }
    let without = |template: &Value| {
        let mut template = plain(template);
        if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.remove(label);
        }
        template
    };
    one.is_object() && without(one) == without(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let own = json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a"}]}});
        let made = json!({"$patch": "replace", "metadata": {"creationTimestamp": null, "labels": {"app": "a", "hash": "x"}},
            "spec": {"containers": [{"name": "a"}]}});
        assert!(same_template(&made, &own, "hash"));
        assert!(!same_template(&made, &own, ""));
        assert!(!same_template(&json!({"spec": {}}), &own, "hash"));
        assert!(!same_template(&Value::Null, &Value::Null, ""));
    }

    #[test]
    fn selectors() {
        let check = |selector: Value, labels: Value, expected: bool| {
            assert_eq!(selects(Some(&selector), labels.as_object()), expected, "{selector} {labels}");
        };
        check(json!({}), json!({}), true);
        check(json!({"matchLabels": {"a": "b"}}), json!({"a": "b", "c": "d"}), true);
        check(json!({"matchLabels": {"a": "b"}}), json!({"a": "c"}), false);
        let expression =
            |operator: &str| json!({"matchExpressions": [{"key": "a", "operator": operator, "values": ["b"]}]});
        check(expression("In"), json!({"a": "b"}), true);
        check(expression("In"), json!({}), false);
        check(expression("NotIn"), json!({}), true);
        check(expression("NotIn"), json!({"a": "b"}), false);
        check(expression("Exists"), json!({"a": "x"}), true);
        check(expression("DoesNotExist"), json!({"a": "x"}), false);
        assert!(!selects(None, None));
    }

    #[test]
    fn conditions_keep_their_time() {
        let mut conditions = vec![json!({"type": "A", "status": "True", "reason": "r", "message": "m",
            "lastTransitionTime": "then"})];
        assert!(!set_condition(&mut conditions, "A", "True", "r", "m"));
        assert!(set_condition(&mut conditions, "A", "True", "r", "other"));
        assert_eq!(conditions[0]["lastTransitionTime"], "then");
        assert!(set_condition(&mut conditions, "A", "False", "r", "other"));
        assert_ne!(conditions[0]["lastTransitionTime"], "then");
    }

    #[test]
    fn hashes_do_not_move() {
        assert_eq!(short_hash("a", 5).len(), 5);
        assert_ne!(short_hash("a", 10), short_hash("b", 10));
        assert_eq!(canonical(&json!({"b": [1, {"d": 1, "c": 2}], "a": null})), r#"{"a":null,"b":[1,{"c":2,"d":1}]}"#);
    }
}
