//! Fields of objects that a person wants left alone once an object is there: found by comparing what is rendered with an
//! argument and without it, and kept at their live values.

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;

use crate::object::Object;

/// What of an object is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// The whole object.
    All,
    /// The fields at these paths of names.
    Fields(BTreeSet<Vec<String>>),
}

impl Ignored {
    /// What an argument decides of an object: all of it where there is none without the argument, else the fields that
    /// differ. `None` where it decides nothing. A list is one field.
    pub fn between(with: &Object, without: Option<&Object>) -> Option<Self> {
        let Some(without) = without else { return Some(Self::All) };
        let mut fields = BTreeSet::new();
        differing(with.as_map(), without.as_map(), &mut Vec::new(), &mut fields);
        (!fields.is_empty()).then_some(Self::Fields(fields))
    }

    /// Both together.
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fields(mut one), Self::Fields(other)) => {
                one.extend(other);
                Self::Fields(one)
            }
            _ => Self::All,
        }
    }

    /// Gives the ignored fields of what is to be sent their live values; a field that is not there live is not sent.
    pub fn keep(&self, sent: &mut Object, live: &Object) {
        let Self::Fields(paths) = self else { return };
        for path in paths {
            let value = path.split_last().and_then(|(last, parents)| {
                let map = parents.iter().try_fold(live.as_map(), |map, name| map.get(name)?.as_object())?;
                map.get(last)
            });
            put(sent.as_map_mut(), path, value.cloned());
        }
    }
}

fn differing(
    one: &Map<String, Value>,
    other: &Map<String, Value>,
    path: &mut Vec<String>,
    found: &mut BTreeSet<Vec<String>>,
) {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for name in names {
        path.push(name.clone());
        match (one.get(name), other.get(name)) {
            (Some(Value::Object(one)), Some(Value::Object(other))) => differing(one, other, path, found),
            (one, other) if one != other => {
                found.insert(path.clone());
            }
            _ => {}
        }
        path.pop();
    }
}

fn put(map: &mut Map<String, Value>, path: &[String], value: Option<Value>) {
    match (path, value) {
        ([], _) => {}
        ([last], Some(value)) => {
            map.insert(last.clone(), value);
        }
        ([last], None) => {
            map.shift_remove(last);
        }
        ([first, rest @ ..], value) => {
            if value.is_some() {
                map.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            }
            if let Some(Value::Object(below)) = map.get_mut(first) {
                put(below, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(spec: Value) -> Object {
        Object::from_value(json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": spec}))
            .expect("an object")
    }

    #[test]
    fn what_an_argument_decides_keeps_its_live_value() {
        let check = |with: Value, without: Value, live: Value, expected: Value| {
            let mut sent = object(with);
            let ignored = Ignored::between(&sent, Some(&object(without))).expect("a difference");
            ignored.keep(&mut sent, &object(live));
            assert_eq!(sent.get("/spec"), Some(&expected));
        };
        check(json!({"a": 1, "b": 2}), json!({"b": 2}), json!({"a": 7, "b": 9}), json!({"a": 7, "b": 2}));
        check(json!({"a": {"x": 1}, "b": 2}), json!({"a": {}, "b": 2}), json!({"b": 9}), json!({"a": {}, "b": 2}));
        check(json!({"l": [1]}), json!({"l": []}), json!({"l": [3, 4]}), json!({"l": [3, 4]}));
        check(json!({}), json!({"a": {"x": 1}}), json!({"a": {"x": 5}}), json!({"a": {"x": 5}}));
    }

    #[test]
    fn an_object_that_only_the_argument_makes_is_left_alone_as_a_whole() {
        let one = object(json!({"a": 1}));
        assert_eq!(Ignored::between(&one, None), Some(Ignored::All));
        assert_eq!(Ignored::between(&one, Some(&one)), None);
    }
}
