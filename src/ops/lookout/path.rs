//! Places in an object, as the table of kinds writes them: JSON pointers in which `*` stands for every item or field. And what
//! is left of an object of which only some places are kept.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;

/// Longer texts of a cluster are cut: a message may be as long as who wrote it likes.
const LONGEST: usize = 600;

/// `/spec/tfReplicaSpecs/*/replicas`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Path(Vec<String>);

impl From<String> for Path {
    fn from(text: String) -> Self {
        let parts = text.trim_start_matches('/').split('/').filter(|part| !part.is_empty());
        Self(parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
    }
}

impl From<&str> for Path {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Path {
    /// Everything at this place, in the order of the object.
    pub fn all<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        self.0.iter().fold(vec![value], |found, part| {
            found
                .into_iter()
                .flat_map(|value| match (part.as_str(), value) {
                    ("*", Value::Array(items)) => items.iter().collect(),
                    ("*", Value::Object(fields)) => fields.values().collect(),
                    (part, Value::Array(items)) => {
                        part.parse().ok().and_then(|at: usize| items.get(at)).into_iter().collect()
                    }
                    (part, Value::Object(fields)) => fields.get(part).into_iter().collect::<Vec<_>>(),
                    _ => Vec::new(),
                })
                .collect()
        })
    }

    /// The first thing at this place that is more than nothing.
    pub fn first<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.all(value).into_iter().find(|value| !value.is_null())
    }

    /// The numbers at this place together; `None` where there are none.
    pub fn sum(&self, value: &Value) -> Option<i64> {
        let numbers: Vec<i64> = self.all(value).into_iter().filter_map(Value::as_i64).collect();
        (!numbers.is_empty()).then(|| numbers.into_iter().fold(0_i64, i64::saturating_add))
    }

    /// This place below another one.
    pub fn below(&self, other: &Path) -> Path {
        Self(other.0.iter().chain(&self.0).cloned().collect())
    }
}

/// The places of a kind that are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keep {
    /// Of which all below it is kept too.
    whole: bool,
    below: BTreeMap<String, Keep>,
}

impl Keep {
    pub fn of<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        let mut keep = Self::default();
        for path in paths {
            let end = path.0.iter().fold(&mut keep, |keep, part| keep.below.entry(part.clone()).or_default());
            end.whole = true;
        }
        keep
    }

    /// What is kept of a value, with long texts cut.
    pub fn kept(&self, value: Value) -> Value {
        match value {
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .filter_map(|(name, value)| Some((self.within(&name)?.kept(value), name)))
                    .filter(|(value, _)| !value.is_null())
                    .map(|(value, name)| (name, value))
                    .collect::<Map<_, _>>(),
            ),
            // Places in a list keep their numbers.
            Value::Array(items) => {
                let kept = |(at, item): (usize, Value)| {
                    self.within(&at.to_string()).map_or(Value::Null, |keep| keep.kept(item))
                };
                Value::Array(items.into_iter().enumerate().map(kept).collect())
            }
            Value::String(mut text) if self.whole && text.len() > LONGEST => {
                let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
                text.truncate(end);
                Value::String(text + "…")
            }
            plain if self.whole => plain,
            _ => Value::Null,
        }
    }

    fn within(&self, name: &str) -> Option<Keep> {
        if self.whole {
            return Some(self.clone());
        }
        match (self.below.get(name), self.below.get("*")) {
            (Some(named), Some(every)) => Some(named.clone().with(every)),
            (found, other) => found.or(other).cloned(),
        }
    }

    fn with(mut self, other: &Keep) -> Keep {
        self.whole |= other.whole;
        for (name, keep) in &other.below {
            let mine = self.below.remove(name).unwrap_or_default();
            self.below.insert(name.clone(), mine.with(keep));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places() {
        let job = json!({"spec": {"specs": {"Master": {"replicas": 1}, "Worker": {"replicas": 3}}, "list": [{"a": "x"}, {}]}});
        let sum = |path: &str| Path::from(path).sum(&job);
        assert_eq!(sum("/spec/specs/*/replicas"), Some(4));
        assert_eq!(sum("/spec/specs/*/nothing"), None);
        assert_eq!(Path::from("/spec/list/*/a").all(&job), [&json!("x")]);
        assert_eq!(Path::from("/spec/list/1/a").first(&job), None);
        let labels = json!({"metadata": {"labels": {"a.b/c": "d"}}});
        assert_eq!(Path::from("/metadata/labels/a.b~1c").first(&labels), Some(&json!("d")));
    }

    #[test]
    fn only_what_is_shown_is_kept() {
        let paths = ["/metadata/name", "/spec/containers/*/image", "/status/conditions"].map(Path::from);
        let keep = Keep::of(&paths);
        let pod = json!({
            "metadata": {"name": "a", "managedFields": [1]},
            "spec": {"containers": [{"image": "i", "env": [{"name": "TOKEN", "value": "secret"}]}, {"name": "b"}], "x": 1},
            "status": {"conditions": [{"type": "Ready", "message": "é".repeat(500)}]},
        });
        let kept = keep.kept(pod);
        assert_eq!(kept["metadata"], json!({"name": "a"}));
        assert_eq!(kept["spec"], json!({"containers": [{"image": "i"}, {}]}));
        let message = kept["status"]["conditions"][0]["message"].as_str().unwrap();
        assert_eq!((message.chars().count(), message.ends_with('…')), (301, true));
        assert_eq!(keep.kept(json!("text")), Value::Null);
    }
}
