//! Which objects a step of a hop is about: kind, name, labels, and what must stand in their fields. Pure.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::config::Node;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::object::Object;

/// Objects of some kinds; what is left empty says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// Group and kind.
    pub kinds: Vec<(String, String)>,
    /// Any where there are none.
    pub names: Vec<String>,
    pub namespace: String,
    pub labels: BTreeMap<String, String>,
    /// Labels of their namespaces.
    pub namespace_labels: BTreeMap<String, String>,
    /// One of them must hold; without any, every object is meant.
    pub conditions: Vec<Condition>,
}

/// What must stand in a field.
#[derive(Clone, Debug)]
pub struct Condition {
    field: Vec<Step>,
    is: Vec<String>,
    is_not: Vec<String>,
    matches: Option<Regex>,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        let text = |condition: &Self| condition.matches.as_ref().map(|regex| regex.as_str().to_owned());
        (&self.field, &self.is, &self.is_not) == (&other.field, &other.is, &other.is_not) && text(self) == text(other)
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    EveryItem,
}

impl Subject {
    /// Reads the arguments that say what a step is about. `None` for what they do not say.
    pub(super) fn read(node: &Node<'_>, diagnostics: &mut Diagnostics) -> Self {
        let kinds: Vec<String> = node.text("kind").into_iter().chain(node.texts("kinds")).collect();
        if kinds.is_empty() {
            let detail = format!("{} needs the argument \"kind\".", node.schema.name);
            diagnostics.push(Diagnostic::error("Missing argument", detail).at(node.span));
        }
        let parts = |kind: &String| {
            let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
            (group.to_owned(), kind.to_owned())
        };
        Self {
            kinds: kinds.iter().map(parts).collect(),
            names: node.text("name").into_iter().chain(node.texts("names")).collect(),
            namespace: node.text("namespace").unwrap_or_default(),
            labels: node.text_map("labels"),
            namespace_labels: node.text_map("namespace_labels"),
            conditions: node.blocks("where").filter_map(|node| Condition::read(node, diagnostics)).collect(),
        }
    }

    /// `Deployment.apps, Pod`
    pub fn kinds_text(&self) -> String {
        let kinds = self.kinds.iter().map(|(group, kind)| match group.as_str() {
            "" => kind.clone(),
            group => format!("{kind}.{group}"),
        });
        kinds.collect::<Vec<_>>().join(", ")
    }

    /// The labels as a server selects by them.
    pub fn selector(&self) -> String {
        selector(&self.labels)
    }

    /// The labels of the namespaces, likewise; empty where any namespace will do.
    pub fn namespace_selector(&self) -> String {
        selector(&self.namespace_labels)
    }

    /// Whether an object of the kind, chosen by name and labels, is meant by what stands in its fields.
    pub fn means(&self, object: &Object) -> bool {
        self.conditions.is_empty() || self.conditions.iter().any(|condition| condition.holds(object))
    }
}

fn selector(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

impl Condition {
    fn read(node: &Node<'_>, diagnostics: &mut Diagnostics) -> Option<Self> {
        let text = node.text("field")?;
        let Some(field) = path(&text) else {
            let detail = format!("\"{text}\" is no path of a field, as spec.containers[*].image.");
            diagnostics.push(Diagnostic::error("Invalid path", detail).at(node.place("field").span));
            return None;
        };
        let matches = match node.text("matches").map(|text| Regex::new(&text)) {
            Some(Err(error)) => {
                let detail = format!("The regular expression cannot be read: {error}.");
                diagnostics
                    .push(Diagnostic::error("Invalid regular expression", detail).at(node.place("matches").span));
                return None;
            }
            Some(Ok(regex)) => Some(regex),
            None => None,
        };
        Some(Self { field, is: node.texts("is"), is_not: node.texts("is_not"), matches })
    }

    fn holds(&self, object: &Object) -> bool {
        let mut found = Vec::new();
        for (name, value) in object.as_map() {
            if self.field.first() == Some(&Step::Field(name.clone())) {
                collect(value, &self.field[1..], &mut found);
            }
        }
        found.iter().any(|value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (self.is.is_empty() || self.is.contains(&text))
                && !self.is_not.contains(&text)
                && self.matches.as_ref().is_none_or(|regex| value.is_string() && regex.is_match(&text))
        })
    }
}

fn collect<'a>(value: &'a Value, path: &[Step], found: &mut Vec<&'a Value>) {
    match path.first() {
        None if value.is_null() => {}
        None => found.push(value),
        Some(Step::Field(name)) => {
            if let Some(next) = value.get(name) {
                collect(next, &path[1..], found);
            }
        }
        Some(Step::EveryItem) => {
            for item in value.as_array().into_iter().flatten() {
                collect(item, &path[1..], found);
            }
        }
    }
}

/// `metadata.annotations["a.b/c"]`, `spec.containers[*].image`. `None` for what is no path.
fn path(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]") {
            steps.push(Step::EveryItem);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("[\"") {
            let (name, after) = after.split_once("\"]")?;
            steps.push(Step::Field(name.to_owned()));
            rest = after;
        } else {
            let name = match steps.is_empty() {
                true => rest,
                false => rest.strip_prefix('.')?,
            };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 || name[..end].contains(']') {
                return None;
            }
            steps.push(Step::Field(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    matches!(steps.first(), Some(Step::Field(_))).then_some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(field: &str, is: &[&str], is_not: &[&str], matches: Option<&str>) -> Condition {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Condition {
            field: path(field).expect("a path"),
            is: texts(is),
            is_not: texts(is_not),
            matches: matches.map(|text| Regex::new(text).expect("an expression")),
        }
    }

    #[test]
    fn fields_are_found_and_judged() {
        let object = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "annotations": {"a.b/mode": "RawDeployment"}},
            "spec": {"containers": [{"image": "x/app:1"}, {"image": "x/proxyv2:1.17.5"}], "replicas": 3, "none": null},
        });
        let object = Object::from_value(object).expect("an object");
        for (field, is, is_not, matches, expected) in [
            ("spec.replicas", &[][..], &[][..], None, true),
            ("spec.none", &[], &[], None, false),
            ("spec.other", &[], &[], None, false),
            ("spec.replicas", &["3"], &[], None, true),
            ("spec.replicas", &["4"], &[], None, false),
            ("spec.replicas", &[], &["3"], None, false),
            ("spec.other", &[], &["3"], None, false),
            ("metadata.annotations[\"a.b/mode\"]", &["Serverless", "RawDeployment"], &[], None, true),
            ("spec.containers[*].image", &[], &[], Some(r"proxyv2:1\.17\."), true),
            ("spec.containers[*].image", &[], &[], Some(r"proxyv2:1\.18\."), false),
            ("spec.replicas", &[], &[], Some("3"), false),
        ] {
            let condition = condition(field, is, is_not, matches);
            assert_eq!(condition.holds(&object), expected, "{condition:?}");
        }
    }

    #[test]
    fn what_is_no_path() {
        for text in ["", ".a", "a..b", "[*]", "a[\"b", "a[0]", "a]", "a.b]"] {
            assert_eq!(path(text), None, "{text}");
        }
    }
}
