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
/// applied stay in front of what follows them.
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
        // Null over what is shared takes nothing away from the others.
        (Value::Object(map), Value::Null) if !map.is_empty() && !is_atom(schema, live) => live.clone(),
        (Value::Array(items), Value::Null) if !items.is_empty() && !is_atom(schema, live) => live.clone(),
        _ => applied.clone(),
    }
}

/// The order of the server's merging library: live items that were not applied keep their place, applied ones the
/// order in which they were applied.
fn merge_items(schema: &Schema, live: &[Value], config: &[Value]) -> Vec<Value> {
    let live = named(schema, live);
    let config = named(schema, config);
    let live_by_name: HashMap<&str, &Value> = live.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let config_names: HashSet<&str> = config.iter().map(|(name, _)| name.as_str()).collect();
    let mut shared = config.iter().map(|(name, _)| name.as_str()).filter(|name| live_by_name.contains_key(name));
    let mut next_shared = shared.next();
    let mut done: HashSet<&str> = HashSet::new();
    let mut merged = Vec::with_capacity(live.len() + config.len());
    let (mut left, mut right) = (0, 0);
    while left < live.len() || right < config.len() {
        if let (Some((name, _)), Some((applied, _))) = (live.get(left), config.get(right))
            && name != applied
            && config_names.contains(name.as_str())
            && next_shared.is_some_and(|next| next != name)
        {
            // Applied too, but further down: it moves there.
            left += 1;
            continue;
        }
        if let Some((name, value)) = live.get(left)
            && config.get(right).is_none_or(|(applied, _)| applied != name)
        {
            if !config_names.contains(name.as_str()) {
                merged.push((*value).clone());
                left += 1;
                continue;
            }
            if done.contains(name.as_str()) {
                left += 1;
                continue;
            }
        }
        let Some((name, value)) = config.get(right) else {
            left += 1;
            continue;
        };
        merged.push(match live_by_name.get(name.as_str()) {
            Some(old) => merge(schema.items.as_deref(), old, value),
            None => (*value).clone(),
        });
        done.insert(name);
        if live.get(left).is_some_and(|(live_name, _)| live_name == name) {
            left += 1;
        }
        if next_shared == Some(name) {
            next_shared = shared.next();
        }
        right += 1;
    }
    merged
}
