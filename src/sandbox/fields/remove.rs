//! Taking fields out of a value.

use serde_json::Map;
use serde_json::Value;

use super::FieldSet;
use super::element;
use super::walk::field_schema;
use super::walk::is_atom;
use super::walk::is_declared;
use crate::object::schema::Schema;

/// The root of an object without what `gone` names, but for what `kept` names. A declared field (not an entry of a map)
/// that loses something and of which nobody holds anything goes as a whole, with the defaults in it: a probe does not
/// stay as the empty shell of one.
pub fn remove(schema: Option<&Schema>, value: &Value, gone: &FieldSet, kept: &FieldSet) -> Value {
    thin(schema, value, gone, kept, true)
}

fn thin(schema: Option<&Schema>, value: &Value, gone: &FieldSet, kept: &FieldSet, is_root: bool) -> Value {
    match value {
        Value::Object(map) if !is_atom(schema, value) => {
            let mut out = Map::with_capacity(map.len());
            for (name, child) in map {
                let step = element::field(name);
                // Nobody owns the name of an object, and yet metadata stays.
                let declared = is_declared(schema, name) && !(is_root && name == "metadata");
                if let Some(child) = remove_at(field_schema(schema, name), child, &step, gone, kept, declared) {
                    out.insert(name.clone(), child);
                }
            }
            Value::Object(out)
        }
        Value::Array(items) if !is_atom(schema, value) => {
            let Some(schema) = schema else { return value.clone() };
            let mut out = Vec::with_capacity(items.len());
            for (index, child) in items.iter().enumerate() {
                let step = element::item(schema, child).unwrap_or_else(|| format!("i:{index}"));
                let Some(mut left) = remove_at(schema.items.as_deref(), child, &step, gone, kept, false) else {
                    continue;
                };
                // An item that stays keeps what names it, whoever owned that.
                for key in schema.list_keys().into_iter().flatten() {
                    if let (Some(left), Some(value)) = (left.as_object_mut(), child.get(key.as_str())) {
                        left.entry(key.clone()).or_insert_with(|| value.clone());
                    }
                }
                out.push(left);
            }
            Value::Array(out)
        }
        _ => value.clone(),
    }
}

/// One child: gone as a whole, thinned out, or as it is.
fn remove_at(
    schema: Option<&Schema>,
    child: &Value,
    step: &str,
    gone: &FieldSet,
    kept: &FieldSet,
    declared: bool,
) -> Option<Value> {
    if !gone.touches(step) {
        return Some(child.clone());
    }
    let empty = FieldSet::default();
    let below = gone.below(step).unwrap_or(&empty);
    let kept_below = kept.below(step).unwrap_or(&empty);
    let atom = is_atom(schema, child);
    if kept.has(step) && atom {
        return Some(child.clone());
    }
    if atom {
        return if gone.has(step) { None } else { Some(child.clone()) };
    }
    let thinned = thin(schema, child, below, kept_below, false);
    // A declared field is held by whoever holds something in it; an item or entry only by who holds it itself, where
    // its owner takes it away.
    let held = kept.has(step) || kept.touches(step) && (declared || !gone.has(step));
    if held {
        return Some(thinned);
    }
    // Nobody holds anything here: a named map or item goes with all that is in it; so does an object of which every
    // field has gone, because it was there for them only.
    let is_empty = match &thinned {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if gone.has(step) || declared || is_empty { None } else { Some(thinned) }
}
