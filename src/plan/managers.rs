//! Who owns which fields of a live object, as its `metadata.managedFields` say.

use serde_json::Map;
use serde_json::Value;

use super::lists::ListShape;
use super::lists::key_text;
use crate::object::FIELD_MANAGER;
use crate::object::Object;

/// Tools people use by hand or leave behind when we take over; what they set is ours to set or remove afterwards.
/// A name that ends in `-` stands for all that begin with it. Anything else is a controller or a tool still at work.
const TOOLS: &[&str] = &[
    "before-first-apply",
    "client-go-apply",
    "helm",
    "Helm",
    "k9s",
    "kapp",
    "kapp-server",
    "kfctl",
    "kluctl",
    "kubectl",
    "kubectl-",
    "kustomize",
    "node-fetch",
    "OpenLens",
    "Lens",
    "rancher",
    "Terraform",
    "HashiCorp",
    "timoni",
];

/// One entry of `managedFields`.
#[derive(Clone, Copy, Debug)]
pub struct Manager<'a> {
    pub name: &'a str,
    /// Server-side apply; else a plain update.
    pub is_apply: bool,
    /// The fields were set through a subresource.
    pub by_subresource: bool,
    /// `fieldsV1`
    pub fields: &'a Map<String, Value>,
}

impl Manager<'_> {
    /// Whether the entry is our own apply.
    pub fn is_ours(&self) -> bool {
        self.is_apply && self.name == FIELD_MANAGER
    }

    /// Whether it is a tool whose fields we take over.
    pub fn is_tool(&self) -> bool {
        is_tool(self.name)
    }
}

/// The entries of an object without those of its subresources.
pub fn managers(object: &Object) -> Vec<Manager<'_>> {
    let mut managers = every_manager(object);
    managers.retain(|manager| !manager.by_subresource);
    managers
}

/// All entries of an object; who scaled it came through a subresource.
pub fn every_manager(object: &Object) -> Vec<Manager<'_>> {
    let entries = object.get("/metadata/managedFields").and_then(Value::as_array);
    let entries = entries.into_iter().flatten().filter_map(|entry| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let (fields, by_subresource) = (entry.get("fieldsV1")?.as_object()?, !text("subresource").is_empty());
        Some(Manager { name: text("manager"), is_apply: text("operation") == "Apply", by_subresource, fields })
    });
    entries.collect()
}

/// Whether a manager's name is that of a tool whose fields we take over.
pub fn is_tool(name: &str) -> bool {
    TOOLS.iter().any(|tool| match tool.ends_with('-') {
        true => name.starts_with(tool),
        false => name == *tool,
    })
}

/// The parts of the managers' field sets that lie under one place of an object. `ours` are those whose fields go when
/// we no longer send them: our own and the ones we take over.
#[derive(Clone, Debug, Default)]
pub struct Owners<'a> {
    pub ours: Vec<&'a Map<String, Value>>,
    pub others: Vec<&'a Map<String, Value>>,
}

impl<'a> Owners<'a> {
    /// Of a whole object; managers named in `take_over` count as ours.
    pub fn of(object: &'a Object, take_over: &[String]) -> Self {
        let mut owners = Self::default();
        for manager in managers(object) {
            let ours = manager.is_ours() || take_over.iter().any(|name| name == manager.name);
            if ours { &mut owners.ours } else { &mut owners.others }.push(manager.fields);
        }
        owners
    }

    /// Under a field of a mapping.
    pub fn field(&self, name: &str) -> Self {
        self.below(&format!("f:{name}"))
    }

    /// Under an item of a list map; `key` as [`key_text`] writes it.
    pub fn item(&self, key: &str) -> Self {
        self.below(&format!("k:{key}"))
    }

    /// Under a value of a set.
    pub fn value(&self, value: &Value) -> Self {
        self.below(&format!("v:{value}"))
    }

    /// Whether one of ours holds this place itself or something below.
    pub fn has_ours(&self) -> bool {
        !self.ours.is_empty()
    }

    /// Whether one of ours holds this place as a whole.
    pub fn is_our_leaf(&self) -> bool {
        self.ours.iter().any(|fields| fields.is_empty())
    }

    /// How the managers themselves see a list here.
    pub fn list_shape(&self) -> Option<ListShape> {
        let mut keys = self.ours.iter().chain(&self.others).flat_map(|fields| fields.keys());
        keys.find_map(|key| match key.split_once(':') {
            Some(("k", key)) => {
                let key: Map<String, Value> = serde_json::from_str(key).ok()?;
                Some(ListShape::Keyed(key.keys().cloned().collect()))
            }
            Some(("v", _)) => Some(ListShape::Set),
            _ => None,
        })
    }

    fn below(&self, key: &str) -> Self {
        let under = |sets: &[&'a Map<String, Value>]| sets.iter().filter_map(|f| f.get(key)?.as_object()).collect();
        Self { ours: under(&self.ours), others: under(&self.others) }
    }
}

/// One step into an object.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    Field(String),
    /// Item of a list map: its key as [`key_text`] writes it, and its parts for showing.
    Item(String, Vec<(String, Value)>),
    /// Value of a set.
    Value(Value),
    /// Item of an atomic list.
    Index(usize),
}

/// Whether a field set holds the place `path` or a whole that contains it.
pub fn owns(fields: &Map<String, Value>, path: &[PathStep]) -> bool {
    let mut fields = fields;
    for step in path {
        if fields.is_empty() {
            return true;
        }
        let key = match step {
            PathStep::Field(name) => format!("f:{name}"),
            PathStep::Item(key, _) => format!("k:{key}"),
            PathStep::Value(value) => format!("v:{value}"),
            PathStep::Index(_) => return false,
        };
        match fields.get(&key).and_then(Value::as_object) {
            Some(below) => fields = below,
            None => return false,
        }
    }
    true
}

/// The places in an object that `path` means: `*` stands for every item of a list whose items are told apart by
/// `list_keys`.
pub fn expand(path: &[&str], object: &Map<String, Value>, list_keys: &[String]) -> Vec<Vec<PathStep>> {
    let Some((first, rest)) = path.split_first() else { return Vec::new() };
    let Some(value) = object.get(*first) else { return Vec::new() };
    let mut found = vec![(vec![PathStep::Field((*first).to_owned())], value)];
    for part in rest {
        let mut next = Vec::new();
        for (steps, value) in found {
            match value {
                Value::Array(items) if *part == "*" => {
                    for item in items {
                        if let Some((text, parts)) = key_text(item, list_keys, None) {
                            next.push((with(&steps, PathStep::Item(text, parts)), item));
                        }
                    }
                }
                Value::Object(map) => {
                    if let Some(child) = map.get(*part) {
                        next.push((with(&steps, PathStep::Field((*part).to_owned())), child));
                    }
                }
                _ => {}
            }
        }
        found = next;
    }
    found.into_iter().map(|(steps, _)| steps).collect()
}

fn with(steps: &[PathStep], step: PathStep) -> Vec<PathStep> {
    let mut steps = steps.to_vec();
    steps.push(step);
    steps
}
