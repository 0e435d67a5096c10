//! Paths of fields in an object, and which fields of two objects differ.

use std::collections::BTreeSet;

use serde_json::Value;

/// A step on the way to a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldStep {
    Field(String),
    /// Items of a list with this name; all items where they have none.
    Item(Option<String>),
}

/// The way from an object's root to a field.
pub type FieldPath = Vec<FieldStep>;

/// Where two values differ. A list of another length differs as a whole.
pub fn differing(one: &Value, other: &Value) -> BTreeSet<FieldPath> {
    let mut found = BTreeSet::new();
    walk(one, other, &mut Vec::new(), &mut found);
    found
}

fn walk(one: &Value, other: &Value, path: &mut FieldPath, found: &mut BTreeSet<FieldPath>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                path.push(FieldStep::Field(name.clone()));
                let null = Value::Null;
                walk(one.get(name).unwrap_or(&null), other.get(name).unwrap_or(&null), path, found);
                path.pop();
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (one, other) in one.iter().zip(other) {
                path.push(FieldStep::Item(name_of(one)));
                walk(one, other, path, found);
                path.pop();
            }
        }
        (one, other) if one != other => {
            found.insert(path.clone());
        }
        _ => {}
    }
}

fn name_of(item: &Value) -> Option<String> {
    item.get("name").and_then(Value::as_str).map(str::to_owned)
}

/// Puts another value in place of all that a path leads to.
pub fn replace_at(value: &mut Value, path: &[FieldStep], by: &Value) {
    match (path.split_first(), value) {
        (None, value) => *value = by.clone(),
        (Some((FieldStep::Field(name), rest)), Value::Object(map)) => {
            if let Some(value) = map.get_mut(name) {
                replace_at(value, rest, by);
            }
        }
        (Some((FieldStep::Item(name), rest)), Value::Array(items)) => {
            let is_meant = |item: &&mut Value| name.is_none() || name_of(item) == *name;
            items.iter_mut().filter(is_meant).for_each(|item| replace_at(item, rest, by));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_replaced_and_nothing_else() {
        let one = json!({"a": {"env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}], "args": ["p", "q"]}, "n": 3});
        let other =
            json!({"a": {"env": [{"name": "X", "value": "9"}, {"name": "Y", "value": "2"}], "args": ["p"]}, "n": 3});
        let found = differing(&one, &other);
        let mut shown = one.clone();
        found.iter().for_each(|path| replace_at(&mut shown, path, &json!("?")));
        let expected =
            json!({"a": {"env": [{"name": "X", "value": "?"}, {"name": "Y", "value": "2"}], "args": "?"}, "n": 3});
        assert_eq!(shown, expected);
        assert!(differing(&one, &one).is_empty());
    }
}
