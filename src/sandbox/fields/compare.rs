//! What changed between two states of an object, as sets of fields.

use std::collections::HashMap;

use serde_json::Value;

use super::FieldSet;
use super::element;
use super::walk::field_schema;
use super::walk::is_atom;
use crate::object::schema::Schema;

/// The fields that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    pub added: FieldSet,
    pub modified: FieldSet,
    pub removed: FieldSet,
}

impl Comparison {
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    /// Leaves out the paths at and below the members of `ignored`.
    pub fn without(self, ignored: &FieldSet) -> Self {
        Self {
            added: self.added.without(ignored),
            modified: self.modified.without(ignored),
            removed: self.removed.without(ignored),
        }
    }

    fn descend(&mut self, name: String, below: Self) {
        self.added.insert_below(name.clone(), below.added);
        self.modified.insert_below(name.clone(), below.modified);
        self.removed.insert_below(name, below.removed);
    }
}

/// Compares two values of the same schema.
pub fn compare(schema: Option<&Schema>, old: &Value, new: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, new) in new {
                let child = field_schema(schema, name);
                // Most of an object is as it was: whole branches are passed over before any step is written out.
                if old.get(name).is_some_and(|old| equal(old, new)) {
                    continue;
                }
                visit(&mut comparison, element::field(name), child, old.get(name), Some(new));
            }
            for (name, old) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
                visit(&mut comparison, element::field(name), field_schema(schema, name), Some(old), None);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            let Some(schema) = schema else { return comparison };
            let items = schema.items.as_deref();
            let old = by_name(schema, old);
            let mut met = std::collections::HashSet::new();
            for (name, value) in named(schema, new) {
                visit(&mut comparison, name.clone(), items, old.get(&name).copied(), Some(value));
                met.insert(name);
            }
            for (name, value) in old.into_iter().filter(|(name, _)| !met.contains(name)) {
                visit(&mut comparison, name, items, Some(value), None);
            }
        }
        _ => {}
    }
    comparison
}

/// The items of a granular list with their steps; of duplicates the first counts.
pub fn named<'a>(schema: &Schema, items: &'a [Value]) -> Vec<(String, &'a Value)> {
    let mut seen = std::collections::HashSet::new();
    let steps = items.iter().enumerate().map(|(index, value)| {
        let name = element::item(schema, value).unwrap_or_else(|| format!("i:{index}"));
        (name, value)
    });
    steps.filter(|(name, _)| seen.insert(name.clone())).collect()
}

fn by_name<'a>(schema: &Schema, items: &'a [Value]) -> HashMap<String, &'a Value> {
    named(schema, items).into_iter().collect()
}

fn visit(comparison: &mut Comparison, name: String, schema: Option<&Schema>, old: Option<&Value>, new: Option<&Value>) {
    let whole = |value: &Value| super::walk::fields_of(schema, value);
    match (old, new) {
        (None, None) => {}
        (None, Some(new)) => {
            comparison.added.insert(name.clone());
            if !is_atom(schema, new) {
                comparison.added.insert_below(name, all_paths(schema, new, whole(new)));
            }
        }
        (Some(old), None) => {
            comparison.removed.insert(name.clone());
            if !is_atom(schema, old) {
                comparison.removed.insert_below(name, all_paths(schema, old, whole(old)));
            }
        }
        (Some(old), Some(new)) => {
            let same_shape =
                matches!((old, new), (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)));
            if equal(old, new) {
                return;
            }
            if same_shape && !is_atom(schema, new) {
                comparison.descend(name, compare(schema, old, new));
            } else {
                comparison.modified.insert(name);
            }
        }
    }
}

/// Every path of a value that came or went as a whole, also those of the objects in between.
fn all_paths(schema: Option<&Schema>, value: &Value, mut set: FieldSet) -> FieldSet {
    match value {
        Value::Object(map) => {
            for (name, child) in map {
                let child_schema = field_schema(schema, name);
                set.insert(element::field(name));
                if !is_atom(child_schema, child) {
                    let below = all_paths(child_schema, child, FieldSet::default());
                    set.insert_below(element::field(name), below);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema else { return set };
            for (name, child) in named(schema, items) {
                if !is_atom(schema.items.as_deref(), child) {
                    set.insert_below(name.clone(), all_paths(schema.items.as_deref(), child, FieldSet::default()));
                }
                set.insert(name);
            }
        }
        _ => {}
    }
    set
}

/// Equality of values in which 1 and 1.0 are the same number and the order of fields means nothing.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}
