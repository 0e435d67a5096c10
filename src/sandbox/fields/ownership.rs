//! Who owns which fields of an object: `metadata.managedFields`, and how writes and applies change it.

use std::sync::LazyLock;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::FieldSet;
use super::compare;
use super::fields_of;
use super::merge;
use super::remove;
use crate::object::schema::Schema;

/// More entries of plain updates than this are folded into one.
const UPDATE_ENTRIES: usize = 10;
/// The owner of what an object held before anybody applied it.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";
/// The owner of entries that were folded.
const ANCIENT: &str = "ancient-changes";

/// One entry of `managedFields`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub manager: String,
    /// Apply, not Update.
    pub applied: bool,
    pub api_version: String,
    pub time: String,
    pub subresource: String,
    pub fields: FieldSet,
}

impl Entry {
    /// How conflicts name the owner.
    pub fn describe(&self) -> String {
        let mut text = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {:?}", self.subresource);
        }
        if self.applied { text } else { format!("{text} using {}", self.api_version) }
    }
}

/// A field another manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The owner, as [`Entry::describe`] says.
    pub manager: String,
    pub field: String,
}

/// The circumstances of a write.
#[derive(Clone, Debug)]
pub struct Write<'a> {
    pub manager: &'a str,
    pub api_version: &'a str,
    /// Empty for the object itself.
    pub subresource: &'a str,
    /// RFC 3339, in seconds.
    pub now: &'a str,
    /// Fields this write cannot set (the status, or all but the status).
    pub ignored: &'a FieldSet,
}

/// All entries of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ownership {
    pub entries: Vec<Entry>,
}

impl Ownership {
    /// Reads `metadata.managedFields`.
    pub fn of(object: &Value) -> Self {
        let list = object.get("metadata").and_then(|m| m.get("managedFields")).and_then(Value::as_array);
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let entries = list.into_iter().flatten().map(|entry| Entry {
            manager: text(entry, "manager"),
            applied: entry["operation"] == "Apply",
            api_version: text(entry, "apiVersion"),
            time: text(entry, "time"),
            subresource: text(entry, "subresource"),
            fields: entry.get("fieldsV1").map(FieldSet::from_json).unwrap_or_default(),
        });
        Self { entries: entries.collect() }
    }

    /// As `metadata.managedFields`.
    pub fn to_value(&self) -> Value {
        let mut entries: Vec<&Entry> = self.entries.iter().filter(|entry| !entry.fields.is_empty()).collect();
        entries.sort_by(|a, b| {
            (!a.applied, &a.time, &a.manager, &a.api_version, &a.subresource).cmp(&(
                !b.applied,
                &b.time,
                &b.manager,
                &b.api_version,
                &b.subresource,
            ))
        });
        let write = |entry: &Entry| {
            let mut map = Map::new();
            map.insert("manager".into(), entry.manager.clone().into());
            map.insert("operation".into(), if entry.applied { "Apply" } else { "Update" }.into());
            map.insert("apiVersion".into(), entry.api_version.clone().into());
            if !entry.time.is_empty() {
                map.insert("time".into(), entry.time.clone().into());
            }
            map.insert("fieldsType".into(), "FieldsV1".into());
            map.insert("fieldsV1".into(), entry.fields.to_json());
            if !entry.subresource.is_empty() {
                map.insert("subresource".into(), entry.subresource.clone().into());
            }
            Value::Object(map)
        };
        Value::Array(entries.into_iter().map(write).collect())
    }

    /// Writes the entries into an object; none: the field goes.
    pub fn write_to(&self, object: &mut Value) {
        let list = self.to_value();
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
        if list.as_array().is_some_and(|list| list.is_empty()) {
            metadata.shift_remove("managedFields");
        } else {
            metadata.insert("managedFields".into(), list);
        }
    }

    /// Records a create, update or patch that turned `live` into `new`.
    pub fn update(&mut self, schema: Option<&Schema>, live: &Value, new: &Value, write: &Write<'_>) {
        let change = compare(schema, live, new).without(untracked()).without(write.ignored);
        let mut taken = change.added.clone().union(&change.modified);
        let own = |entry: &Entry| {
            !entry.applied
                && entry.manager == write.manager
                && entry.api_version == write.api_version
                && entry.subresource == write.subresource
        };
        for entry in &mut self.entries {
            if !own(entry) {
                entry.fields = entry.fields.difference(&taken);
            }
            entry.fields = entry.fields.difference(&change.removed);
        }
        if !taken.is_empty() {
            match self.entries.iter_mut().find(|entry| own(entry)) {
                Some(entry) => {
                    taken = std::mem::take(&mut entry.fields).union(&taken);
                    entry.fields = taken;
                    entry.time = write.now.to_owned();
                }
                None => self.entries.push(Entry {
                    manager: write.manager.to_owned(),
                    applied: false,
                    api_version: write.api_version.to_owned(),
                    time: write.now.to_owned(),
                    subresource: write.subresource.to_owned(),
                    fields: taken,
                }),
            }
        }
        self.entries.retain(|entry| !entry.fields.is_empty());
        self.fold();
    }

    /// Applies a configuration: the new object (its managedFields not yet written), or every conflict.
    ///
    /// `live` is `null` where the object does not exist yet.
    pub fn apply(
        &mut self,
        schema: Option<&Schema>,
        live: &Value,
        config: &Value,
        force: bool,
        write: &Write<'_>,
    ) -> Result<Value, Vec<Conflict>> {
        let untracked = untracked();
        if self.entries.is_empty() && live.is_object() {
            let fields = fields_of(schema, live).without(untracked);
            self.entries.push(Entry {
                manager: BEFORE_FIRST_APPLY.to_owned(),
                applied: false,
                api_version: write.api_version.to_owned(),
                time: write.now.to_owned(),
                subresource: String::new(),
                fields,
            });
        }
        let own =
            |entry: &Entry| entry.applied && entry.manager == write.manager && entry.subresource == write.subresource;
        let fields = fields_of(schema, config).without(untracked).without(write.ignored);
        let last = self.entries.iter().find(|entry| own(entry)).cloned();
        let base = if live.is_object() { live.clone() } else { Value::Object(Map::new()) };
        let mut merged = merge(schema, &base, config);
        let others: Vec<Entry> = self.entries.iter().filter(|entry| !own(entry)).cloned().collect();
        if let Some(last) = &last {
            let gone = last.fields.difference(&fields);
            let kept = others.iter().fold(fields.clone(), |kept, entry| kept.union(&entry.fields));
            if !gone.is_empty() {
                merged = remove(schema, &merged, &gone, &kept);
            }
        }
        let change = compare(schema, &base, &merged).without(untracked).without(write.ignored);
        let taken = change.added.clone().union(&change.modified);
        let mut conflicts = Vec::new();
        let mut entries = Vec::with_capacity(others.len() + 1);
        for mut entry in others {
            let contested = entry.fields.intersection(&taken);
            if !force {
                let manager = entry.describe();
                let fields = contested.paths();
                conflicts.extend(fields.into_iter().map(|field| Conflict { manager: manager.clone(), field }));
            }
            entry.fields = entry.fields.difference(&contested).difference(&change.removed);
            entries.push(entry);
        }
        if !conflicts.is_empty() {
            conflicts.sort_by(|a, b| (&a.manager, &a.field).cmp(&(&b.manager, &b.field)));
            return Err(conflicts);
        }
        let unchanged =
            last.filter(|last| change.is_same() && last.fields == fields && last.api_version == write.api_version);
        entries.push(Entry {
            manager: write.manager.to_owned(),
            applied: true,
            api_version: write.api_version.to_owned(),
            time: unchanged.map_or_else(|| write.now.to_owned(), |last| last.time),
            subresource: write.subresource.to_owned(),
            fields,
        });
        entries.retain(|entry| !entry.fields.is_empty());
        self.entries = entries;
        Ok(merged)
    }

    /// Folds the oldest update entries into one where there are too many.
    fn fold(&mut self) {
        let updates = self.entries.iter().filter(|entry| !entry.applied).count();
        if updates <= UPDATE_ENTRIES {
            return;
        }
        let (mut old, rest): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition(|entry| !entry.applied && entry.subresource.is_empty());
        old.sort_by(|a, b| a.time.cmp(&b.time));
        let count = (updates - UPDATE_ENTRIES + 1).min(old.len());
        let young = old.split_off(count);
        let mut folded: Vec<Entry> = Vec::new();
        for entry in old {
            match folded.iter_mut().find(|other| other.api_version == entry.api_version) {
                Some(other) => {
                    other.fields = std::mem::take(&mut other.fields).union(&entry.fields);
                    other.time = entry.time;
                }
                None => folded.push(Entry { manager: ANCIENT.to_owned(), ..entry }),
            }
        }
        self.entries = rest.into_iter().chain(folded).chain(young).collect();
    }
}

/// What nobody can own: identity, and what the server alone sets.
fn untracked() -> &'static FieldSet {
    static UNTRACKED: LazyLock<FieldSet> = LazyLock::new(|| {
        FieldSet::from_json(&json!({
            "f:apiVersion": {}, "f:kind": {},
            "f:metadata": {
                ".": {}, "f:name": {}, "f:namespace": {}, "f:creationTimestamp": {}, "f:selfLink": {}, "f:uid": {},
                "f:clusterName": {}, "f:generation": {}, "f:managedFields": {}, "f:resourceVersion": {},
                "f:deletionTimestamp": {}, "f:deletionGracePeriodSeconds": {},
            },
        }))
    });
    &UNTRACKED
}
