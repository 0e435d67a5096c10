//! How the items of a list are told apart, and finding one item in another list.

use std::collections::HashMap;

use serde_json::Map;
use serde_json::Value;

use super::managers::Owners;
use crate::object::schema::ListType;
use crate::object::schema::Schema;
use crate::object::schema::Type;

/// How appliers share a list.
#[derive(Clone, Debug, PartialEq)]
pub enum ListShape {
    /// As a whole.
    Atomic,
    /// By value.
    Set,
    /// By the values of these fields.
    Keyed(Vec<String>),
}

/// The shape of a list: by its schema, else as the managers of the live object see it, else atomic (which is what a
/// server takes when nothing else is declared).
pub fn shape(schema: Option<&Schema>, owners: &Owners<'_>) -> ListShape {
    match schema {
        Some(schema) if schema.value_type == Type::Array => match &schema.list_type {
            Some(ListType::Map(keys)) => ListShape::Keyed(keys.clone()),
            Some(ListType::Set) => ListShape::Set,
            Some(ListType::Atomic) | None => ListShape::Atomic,
        },
        _ => owners.list_shape().unwrap_or(ListShape::Atomic),
    }
}

/// The schema of the items of a list.
pub fn item_schema(schema: Option<&Schema>) -> Option<&Schema> {
    schema.and_then(|schema| schema.items.as_deref())
}

/// The key of an item as `managedFields` write it (`{"containerPort":80,"protocol":"TCP"}`), and its parts. A key
/// field that the item leaves out has its default. `None` where the item has no key.
pub fn key_text(item: &Value, keys: &[String], schema: Option<&Schema>) -> Option<(String, Vec<(String, Value)>)> {
    let item = item.as_object()?;
    let mut sorted: Vec<&String> = keys.iter().collect();
    sorted.sort();
    let mut map = Map::new();
    for key in sorted {
        let value = item.get(key).filter(|value| !value.is_null()).cloned();
        let default = || schema.and_then(|schema| schema.field(key)).and_then(|field| field.default.clone());
        // Ports are keyed by protocol too, and every server fills in TCP.
        let protocol = || (key == "protocol").then(|| Value::from("TCP"));
        if let Some(value) = value.or_else(default).or_else(protocol) {
            map.insert(key.clone(), value);
        }
    }
    if map.is_empty() {
        return None;
    }
    let parts = keys.iter().filter_map(|key| Some((key.clone(), map.get(key)?.clone()))).collect();
    Some((Value::Object(map).to_string(), parts))
}

/// Items of a list map by their keys, for looking up many.
pub struct Keyed<'a>(HashMap<String, &'a Value>);

impl<'a> Keyed<'a> {
    /// The first item of every key.
    pub fn new(items: &'a [Value], keys: &[String], schema: Option<&Schema>) -> Self {
        let mut map = HashMap::with_capacity(items.len());
        for item in items {
            if let Some((key, _)) = key_text(item, keys, schema) {
                map.entry(key).or_insert(item);
            }
        }
        Self(map)
    }

    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.0.get(key).copied()
    }
}
