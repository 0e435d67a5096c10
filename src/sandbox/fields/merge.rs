//! Merging an applied configuration into a live object: what the configuration says wins, the rest stays.

use std::collections::HashMap;
use std::collections::HashSet;

use serde_json::Map;
use serde_json::Value;

use super::compare::named;
use super::walk::field_schema;
use super::walk::is_atom;
use crate::object::schema::Schema;

/// The live value with the applied one over it. Items of lists keep the applied order; live items that were not
/// applied stay where they stood among them.
pub fn merge(schema: Option<&Schema>, live: &Value, applied: &Value) -> Value {
    match (live, applied) {
        (Value::Object(live), Value::Object(config)) if !is_atom(schema, applied) => {
            let mut merged = Map::with_capacity(live.len().max(config.len()));
            for (name, live) in live {
                let value = match config.get(name) {
                    Some(config) => merge(field_schema(schema, name), live, config),
                    None => live.clone(),
                };
                merged.insert(name.clone(), value);
            }
            for (name, config) in config.iter().filter(|(name, _)| !live.contains_key(*name)) {
                merged.insert(name.clone(), config.clone());
            }
            Value::Object(merged)
        }
        (Value::Array(live), Value::Array(config)) if !is_atom(schema, applied) => match schema {
            Some(schema) => Value::Array(merge_items(schema, live, config)),
            None => applied.clone(),
        },
        _ => applied.clone(),
    }
}

fn merge_items(schema: &Schema, live: &[Value], config: &[Value]) -> Vec<Value> {
    let live = named(schema, live);
    let config = named(schema, config);
    let live_by_name: HashMap<&str, &Value> = live.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let config_names: HashSet<&str> = config.iter().map(|(name, _)| name.as_str()).collect();
    let mut merged = Vec::with_capacity(live.len() + config.len());
    let mut rest = live.iter().peekable();
    for (name, value) in &config {
        let Some(old) = live_by_name.get(name.as_str()) else {
            merged.push((*value).clone());
            continue;
        };
        // What stood before this item in the live list and was not applied comes before it now.
        if rest.clone().any(|(live_name, _)| live_name == name) {
            for (live_name, live_value) in rest.by_ref() {
                if live_name == name {
                    break;
                }
                if !config_names.contains(live_name.as_str()) {
                    merged.push((*live_value).clone());
                }
            }
        }
        merged.push(merge(schema.items.as_deref(), old, value));
    }
    merged.extend(rest.filter(|(name, _)| !config_names.contains(name.as_str())).map(|(_, value)| (*value).clone()));
    merged
}
