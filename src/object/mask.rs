//! Hides secret values in what is shown: the data of Secrets, and known secret texts wherever they appear.

use std::collections::BTreeSet;
use std::fmt;

use regex::Regex;
use regex::RegexBuilder;
use serde_json::Value;

use super::Object;

/// What stands where a secret value would.
pub const MASK: &str = "(sensitive value)";

/// Shorter texts are not searched for: they would hide ordinary words.
const SHORTEST_SEARCHED: usize = 6;

/// Limit of the compiled search for known values, in bytes: enough for tens of thousands of passwords.
const SEARCH_SIZE_LIMIT: usize = 256 << 20;

/// Known secret values, to be hidden in any text. Its `Debug` shows only how many there are.
#[derive(Clone, Default)]
pub struct Secrets {
    values: BTreeSet<String>,
    search: Option<Regex>,
}

impl Secrets {
    /// From the values themselves; those of fewer than six characters are not searched for.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let values: BTreeSet<String> = values.into_iter().filter(|value| value.len() >= SHORTEST_SEARCHED).collect();
        let mut longest_first: Vec<&String> = values.iter().collect();
        longest_first.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let pattern = longest_first.iter().map(|value| regex::escape(value)).collect::<Vec<_>>().join("|");
        let search = match values.is_empty() {
            true => None,
            false => RegexBuilder::new(&pattern).size_limit(SEARCH_SIZE_LIMIT).build().ok(),
        };
        Self { values, search }
    }

    /// The text with every known value hidden; `None` where it holds none.
    pub fn hide(&self, text: &str) -> Option<String> {
        if let Some(search) = &self.search {
            return search.is_match(text).then(|| search.replace_all(text, MASK).into_owned());
        }
        // The search could not be compiled: one value after the other, slower and as sure.
        let found: Vec<&String> = self.values.iter().filter(|value| text.contains(value.as_str())).collect();
        (!found.is_empty())
            .then(|| found.iter().fold(text.to_owned(), |text, value| text.replace(value.as_str(), MASK)))
    }

    /// The value with every known value hidden in its texts (keys too); `None` where it holds none.
    pub fn hide_in(&self, value: &Value) -> Option<Value> {
        if self.values.is_empty() {
            return None;
        }
        match value {
            Value::String(text) => self.hide(text).map(Value::String),
            Value::Array(items) => {
                let hidden: Vec<Option<Value>> = items.iter().map(|item| self.hide_in(item)).collect();
                hidden.iter().any(Option::is_some).then(|| {
                    let pairs = hidden.into_iter().zip(items);
                    Value::Array(pairs.map(|(hidden, item)| hidden.unwrap_or_else(|| item.clone())).collect())
                })
            }
            Value::Object(map) => {
                let hidden: Vec<(Option<String>, Option<Value>)> =
                    map.iter().map(|(key, item)| (self.hide(key), self.hide_in(item))).collect();
                hidden.iter().any(|(key, item)| key.is_some() || item.is_some()).then(|| {
                    let pairs = hidden.into_iter().zip(map);
                    Value::Object(
                        pairs
                            .map(|((key, item), (old_key, old_item))| {
                                (key.unwrap_or_else(|| old_key.clone()), item.unwrap_or_else(|| old_item.clone()))
                            })
                            .collect(),
                    )
                })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }
}

impl PartialEq for Secrets {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sensitive values)", self.values.len())
    }
}

/// The object as it may be shown: values of a Secret's `data` and `stringData`, copies of them in annotations, and
/// known secret texts are hidden. Keys stay.
pub fn mask_object(object: &Object, secrets: &Secrets) -> Object {
    let mut masked = object.clone();
    if holds_secret_data(object.kind(), object.api_version()) {
        for section in ["data", "stringData"] {
            if let Some(Value::Object(data)) = masked.as_map_mut().get_mut(section) {
                for value in data.values_mut() {
                    *value = Value::from(MASK);
                }
            }
        }
        // kubectl keeps the whole object there, data and all.
        if masked.annotation(LAST_APPLIED).is_some() {
            masked.set_annotation(LAST_APPLIED, MASK);
        }
    }
    match secrets.hide_in(&masked.to_value()).map(Object::from_value) {
        Some(Ok(hidden)) => hidden,
        // Only a name or kind that itself holds a secret could fail here, and those are replaced by a text as well.
        Some(Err(_)) | None => masked,
    }
}

/// Whether objects of this kind hold secret data in `data` and `stringData`.
pub fn holds_secret_data(kind: &str, api_version: &str) -> bool {
    kind == "Secret" && api_version == "v1"
}

/// Whether a field of a Secret holds secret data, by its path as in `FieldChange::path`.
pub fn is_secret_path(path: &str) -> bool {
    let section =
        |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    section("data") || section("stringData") || path == format!("metadata.annotations[{LAST_APPLIED}]")
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, expected: Value) {
        let secrets = Secrets::new(["hunter2-long".to_owned(), "short".to_owned(), "hunter2-longer".to_owned()]);
        let object = Object::from_value(value).expect("an object");
        assert_eq!(mask_object(&object, &secrets).into_value(), expected);
    }

    #[test]
    fn hides_data_of_secrets_and_known_values_elsewhere() {
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
                   "data": {"a": "eA=="}, "stringData": {"b": "x"}, "type": "Opaque"}),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
                   "data": {"a": MASK}, "stringData": {"b": MASK}, "type": "Opaque"}),
        );
        check(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
                   "data": {"a": "user: x\npassword: hunter2-longer\n", "b": "short"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
                   "data": {"a": format!("user: x\npassword: {MASK}\n"), "b": "short"}}),
        );
    }

    #[test]
    fn does_not_print_what_it_knows() {
        let secrets = Secrets::new(["hunter2-long".to_owned()]);
        assert_eq!(format!("{secrets:?}"), "1 (sensitive values)");
    }

    #[test]
    fn knows_secret_paths() {
        for (path, expected) in
            [("data.a", true), ("data[a.b]", true), ("data", true), ("database", false), ("type", false)]
        {
            assert_eq!(is_secret_path(path), expected, "{path}");
        }
    }
}
