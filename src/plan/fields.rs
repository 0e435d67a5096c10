//! Which fields of an object differ between two states, with paths as kubectl writes them.

use serde_json::Map;
use serde_json::Value;

use super::FieldChange;
use super::lists::Keyed;
use super::lists::ListShape;
use super::lists::item_schema;
use super::lists::key_text;
use super::lists::shape;
use super::managers::Owners;
use super::managers::PathStep;
use super::managers::every_manager;
use super::managers::owns;
use super::schemas::Schemas;
use crate::object::CHECKSUM_ANNOTATION;
use crate::object::MASK;
use crate::object::Object;
use crate::object::Secrets;
use crate::object::field_path::FieldStep;
use crate::object::field_path::replace_at;
use crate::object::is_secret_path;
use crate::object::kinds;
use crate::object::normalize;
use crate::object::schema::Schema;

/// A place where two states differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub path: Vec<PathStep>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Every place where `after` differs from `before` in what a person decides: not in status, versions and times.
/// Values that mean the same are equal: quantities, numbers, and empty values of built-in kinds.
pub fn differences(before: &Object, after: &Object, schemas: &Schemas<'_>) -> Vec<Difference> {
    let schema = schemas.get(&after.gvk());
    let metadata = schemas.metadata();
    let built_in = kinds::is_built_in_group(&after.gvk().group);
    let owners = Owners::of(before, &[]);
    let mut found = Vec::new();
    for field in union(before.as_map(), after.as_map()) {
        if matches!(field, "apiVersion" | "kind" | "status") {
            continue;
        }
        let (built_in, schema) = match field {
            "metadata" => (true, metadata.as_deref()),
            _ => (built_in, schema.as_deref().and_then(|schema| schema.field(field)).map(|schema| &**schema)),
        };
        let mut comparer =
            Comparer { built_in, in_map: false, found: &mut found, path: vec![PathStep::Field(field.to_owned())] };
        let (before, after) = (before.as_map().get(field), after.as_map().get(field));
        comparer.value(field, schema, &owners.field(field), before, after);
    }
    found
}

/// The differences as they may be shown. `secrets` are hidden everywhere; of `immutable` paths (as in
/// [`path_text`]) each forces a replacement. `live` and `sent` tell who loses a field.
pub fn to_field_changes(
    differences: Vec<Difference>,
    live: &Object,
    sent: &Object,
    immutable: &[String],
    secrets: &Secrets,
) -> Vec<FieldChange> {
    let managers = every_manager(live);
    let sent_id = sent.id();
    let changes = differences.into_iter().map(|difference| {
        let path = path_text(&difference.path);
        let taken_from = difference.after.as_ref().and_then(|_| {
            let owner = managers.iter().find(|m| !m.is_ours() && owns(m.fields, &difference.path))?;
            Some(owner.name.to_owned())
        });
        let forces_replacement = immutable.iter().any(|prefix| is_under(&path, prefix));
        let hidden: Vec<&[FieldStep]> =
            secrets.fields(&sent_id).filter_map(|field| below(field, &difference.path)).collect();
        let data = is_secret_path(sent.kind(), sent.api_version(), &path);
        let show = |value: Option<Value>| -> (Option<Value>, bool) {
            match value {
                Some(Value::Object(map)) if data => {
                    (Some(Value::Object(map.into_iter().map(|(key, _)| (key, Value::from(MASK))).collect())), true)
                }
                Some(_) if data => (Some(Value::from(MASK)), true),
                Some(mut value) => {
                    hidden.iter().for_each(|rest| replace_at(&mut value, rest, &MASK.into()));
                    match secrets.hide_in(&value) {
                        Some(hidden) => (Some(hidden), true),
                        None => (Some(value), !hidden.is_empty()),
                    }
                }
                None => (None, data),
            }
        };
        let (before, hidden_before) = show(difference.before);
        let (after, hidden_after) = show(difference.after);
        FieldChange { path, before, after, forces_replacement, sensitive: hidden_before || hidden_after, taken_from }
    });
    changes.collect()
}

/// What is left of a field's path below another path; empty where that is the field or a part of it. `None` where they
/// lead elsewhere.
fn below<'f>(field: &'f [FieldStep], path: &[PathStep]) -> Option<&'f [FieldStep]> {
    let leads = |(field, step): (&FieldStep, &PathStep)| match (field, step) {
        (FieldStep::Field(name), PathStep::Field(other)) => name == other,
        (FieldStep::Item(Some(name)), PathStep::Item(_, parts)) => {
            parts.iter().all(|(key, value)| key != "name" || value.as_str() == Some(name))
        }
        (FieldStep::Item(_), PathStep::Item(..) | PathStep::Index(_) | PathStep::Value(_)) => true,
        _ => false,
    };
    field.iter().zip(path).all(leads).then(|| field.get(path.len()..).unwrap_or_default())
}

/// A path as kubectl writes it: `spec.template.spec.containers[name=dex].image`, `metadata.labels[app.example/x]`.
pub fn path_text(path: &[PathStep]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            PathStep::Field(name) => {
                let plain =
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
                match (plain, text.is_empty()) {
                    (true, true) => text.push_str(name),
                    (true, false) => text.extend([".", name]),
                    (false, _) => text.extend(["[", name, "]"]),
                }
            }
            PathStep::Item(_, parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|(key, value)| format!("{key}={}", plain_text(value))).collect();
                text.extend(["[", &parts.join(","), "]"]);
            }
            PathStep::Value(value) => text.extend(["[=", &plain_text(value), "]"]),
            PathStep::Index(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    text
}

/// Whether `path` is `prefix` or lies under it.
pub fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

struct Comparer<'f> {
    built_in: bool,
    /// The place is an entry of a map, which servers keep however empty.
    in_map: bool,
    found: &'f mut Vec<Difference>,
    path: Vec<PathStep>,
}

impl Comparer<'_> {
    fn value(
        &mut self,
        name: &str,
        schema: Option<&Schema>,
        owners: &Owners<'_>,
        before: Option<&Value>,
        after: Option<&Value>,
    ) {
        let in_map = std::mem::take(&mut self.in_map);
        let before = before.filter(|value| !value.is_null());
        let after = after.filter(|value| !value.is_null());
        match (before, after) {
            (None, None) => {}
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                self.mapping(name, schema, owners, before, after)
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) => self.list(schema, owners, before, after),
            (Some(one), None) | (None, Some(one)) if self.built_in && !in_map && normalize::is_left_out(one) => {}
            (Some(old), Some(new)) => {
                let quantity = self.built_in && normalize::is_quantity_field(name, schema);
                if !normalize::same_scalar(old, new, quantity) {
                    self.push(before, after);
                }
            }
            _ => self.push(before, after),
        }
    }

    fn mapping(
        &mut self,
        name: &str,
        schema: Option<&Schema>,
        owners: &Owners<'_>,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) {
        for field in union(before, after) {
            if self.is_bookkeeping(field) {
                continue;
            }
            let below = schema.and_then(|schema| schema.field(field)).map(|schema| &**schema);
            let named = if below.is_none() && normalize::is_quantity_field(name, None) { name } else { field };
            self.path.push(PathStep::Field(field.to_owned()));
            self.in_map = normalize::is_map_entry(schema, field);
            self.value(named, below, &owners.field(field), before.get(field), after.get(field));
            self.in_map = false;
            self.path.pop();
        }
    }

    fn list(&mut self, schema: Option<&Schema>, owners: &Owners<'_>, before: &[Value], after: &[Value]) {
        let items = item_schema(schema);
        let keys = match shape(schema, owners) {
            ListShape::Keyed(keys) => keys,
            ListShape::Set => return self.set(before, after),
            ListShape::Atomic => match naming_field(before, after) {
                Some(key) => vec![key.to_owned()],
                None => return self.indexed(items, before, after),
            },
        };
        let (old, new) = (Keyed::new(before, &keys, items), Keyed::new(after, &keys, items));
        for item in before {
            let Some((key, parts)) = key_text(item, &keys, items) else { continue };
            let owners = owners.item(&key);
            self.path.push(PathStep::Item(key.clone(), parts));
            self.value("", items, &owners, Some(item), new.get(&key));
            self.path.pop();
        }
        for item in after {
            let Some((key, parts)) = key_text(item, &keys, items) else { continue };
            if old.get(&key).is_none() {
                self.path.push(PathStep::Item(key, parts));
                self.push(None, Some(item));
                self.path.pop();
            }
        }
    }

    fn set(&mut self, before: &[Value], after: &[Value]) {
        for (one, other, is_before) in [(before, after, true), (after, before, false)] {
            for value in one.iter().filter(|value| !other.contains(value)) {
                self.path.push(PathStep::Value(value.clone()));
                if is_before {
                    self.push(Some(value), None)
                } else {
                    self.push(None, Some(value))
                }
                self.path.pop();
            }
        }
    }

    /// Lists of the same length whose items are mappings differ item by item, others as a whole.
    fn indexed(&mut self, items: Option<&Schema>, before: &[Value], after: &[Value]) {
        let mappings = before.iter().chain(after).all(Value::is_object);
        if mappings && before.len() == after.len() {
            for (index, (old, new)) in before.iter().zip(after).enumerate() {
                self.path.push(PathStep::Index(index));
                self.value("", items, &Owners::default(), Some(old), Some(new));
                self.path.pop();
            }
        } else if before != after {
            self.push(Some(&Value::from(before)), Some(&Value::from(after)));
        }
    }

    fn push(&mut self, before: Option<&Value>, after: Option<&Value>) {
        self.found.push(Difference { path: self.path.clone(), before: before.cloned(), after: after.cloned() });
    }

    /// Metadata that only a server writes, and our own checksum.
    fn is_bookkeeping(&self, field: &str) -> bool {
        match self.path.as_slice() {
            [PathStep::Field(root)] if root == "metadata" => normalize::SERVER_METADATA.contains(&field),
            [PathStep::Field(root), PathStep::Field(section)] => {
                root == "metadata" && section == "annotations" && field == CHECKSUM_ANNOTATION
            }
            _ => false,
        }
    }
}

/// The field that tells the items of an atomic list apart for showing, where there is one.
fn naming_field(before: &[Value], after: &[Value]) -> Option<&'static str> {
    let distinct = |items: &[Value], field: &str| {
        let mut seen = std::collections::HashSet::new();
        items.iter().all(|item| item.get(field).and_then(Value::as_str).is_some_and(|name| seen.insert(name)))
    };
    let order_is_kept = |field: &str| {
        let names = |items: &[Value], other: &[Value]| -> Vec<String> {
            let name = |item: &Value| item.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            let others: std::collections::HashSet<String> = other.iter().map(name).collect();
            items.iter().map(name).filter(|name| others.contains(name)).collect()
        };
        names(before, after) == names(after, before)
    };
    let fields = ["name", "key", "type"];
    fields.into_iter().find(|field| distinct(before, field) && distinct(after, field) && order_is_kept(field))
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn union<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> Vec<&'a str> {
    let new = after.keys().filter(|key| !before.contains_key(*key));
    before.keys().chain(new).map(String::as_str).collect()
}
