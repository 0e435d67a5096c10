//! What a live object becomes when ours is applied on the server with force: a server-side apply, done here.
//!
//! Used to find out whether anything would change, and to show changes where the server cannot be asked. What the
//! server writes in another form (quantities, values it leaves out, defaults inside lists) keeps the live form.

use serde_json::Map;
use serde_json::Value;

use super::lists::Keyed;
use super::lists::ListShape;
use super::lists::item_schema;
use super::lists::key_text;
use super::lists::shape;
use super::managers::Owners;
use super::schemas::Schemas;
use crate::object::Object;
use crate::object::kinds;
use crate::object::normalize;
use crate::object::schema::MapType;
use crate::object::schema::Schema;

/// The live object after applying `sent`. Managers in `take_over` lose their fields to us, so what they set and we do
/// not send goes.
pub fn merge(live: &Object, sent: &Object, take_over: &[String], schemas: &Schemas<'_>) -> Object {
    let schema = schemas.get(&sent.gvk());
    let metadata = schemas.metadata();
    let owners = Owners::of(live, take_over);
    let merger = Merger { built_in: kinds::is_built_in_group(&sent.gvk().group) };
    let mut merged = live.clone();
    let mut fields: Vec<&String> = live.as_map().keys().collect();
    fields.extend(sent.as_map().keys().filter(|key| !live.as_map().contains_key(*key)));
    for field in fields {
        if matches!(field.as_str(), "apiVersion" | "kind" | "status") {
            continue;
        }
        let (merger, schema) = match field.as_str() {
            // Every server treats metadata as its own typed kind.
            "metadata" => (Merger { built_in: true }, metadata.as_deref()),
            _ => (merger, schema.as_deref().and_then(|schema| schema.field(field)).map(|schema| &**schema)),
        };
        let place = Place { name: field, schema, owners: owners.field(field), owned_whole: false, is_entry: false };
        let value = match (live.as_map().get(field), sent.as_map().get(field)) {
            (Some(live), Some(sent)) => merger.value(&place, Some(live), sent),
            (None, Some(sent)) => merger.value(&place, None, sent),
            (Some(live), None) => remove(&place.owners, live, schema),
            (None, None) => None,
        };
        match value {
            Some(value) => merged.as_map_mut().insert(field.clone(), value),
            None => merged.as_map_mut().shift_remove(field),
        };
    }
    merged
}

#[derive(Clone, Copy)]
struct Merger {
    /// The server stores typed objects, so it leaves out empty values.
    built_in: bool,
}

/// Where in an object the merge is.
struct Place<'a> {
    name: &'a str,
    schema: Option<&'a Schema>,
    owners: Owners<'a>,
    /// Inside a list or mapping that we own as a whole: what is there beside ours was filled in by the server.
    owned_whole: bool,
    /// An entry of a map, not a declared field: servers keep those however empty.
    is_entry: bool,
}

impl Merger {
    /// Whether a value that is not there live is what the server makes of the sent one.
    fn is_left_out(self, is_entry: bool, sent: &Value) -> bool {
        sent.is_null() || self.built_in && !is_entry && normalize::is_left_out(sent)
    }

    fn value(self, place: &Place<'_>, live: Option<&Value>, sent: &Value) -> Option<Value> {
        let Some(live) = live.filter(|live| !live.is_null()) else {
            return (!self.is_left_out(place.is_entry, sent)).then(|| sent.clone());
        };
        match (live, sent) {
            (Value::Object(live), Value::Object(sent)) => {
                let atomic = place.schema.is_some_and(|schema| schema.map_type == Some(MapType::Atomic));
                if atomic || place.owned_whole {
                    // Of a mapping we own as a whole the server may still fill in what we left out.
                    let owned_whole = place.owned_whole || place.owners.is_our_leaf();
                    let owners = Owners::default();
                    let whole = Place { name: place.name, schema: place.schema, owners, owned_whole, is_entry: false };
                    let (live, sent) = (Value::Object(live.clone()), Value::Object(sent.clone()));
                    return Some(if self.same(&whole, &live, &sent) { live } else { sent });
                }
                Some(Value::Object(self.mapping(place, live, sent)))
            }
            (Value::Array(live), Value::Array(sent)) => Some(Value::Array(self.list(place, live, sent))),
            (live, sent) if self.same(place, live, sent) => Some(live.clone()),
            (_, sent) => Some(sent.clone()),
        }
    }

    fn mapping(self, place: &Place<'_>, live: &Map<String, Value>, sent: &Map<String, Value>) -> Map<String, Value> {
        let mut merged = Map::new();
        for (name, value) in live {
            let below = self.below(place, name);
            let value = match sent.get(name) {
                Some(sent) => self.value(&below, Some(value), sent),
                None => remove(&below.owners, value, below.schema),
            };
            if let Some(value) = value {
                merged.insert(name.clone(), value);
            }
        }
        for (name, value) in sent.iter().filter(|(name, _)| !live.contains_key(*name)) {
            if let Some(value) = self.value(&self.below(place, name), None, value) {
                merged.insert(name.clone(), value);
            }
        }
        merged
    }

    fn list(self, place: &Place<'_>, live: &[Value], sent: &[Value]) -> Vec<Value> {
        let items = item_schema(place.schema);
        match shape(place.schema, &place.owners) {
            ListShape::Atomic => {
                let same = self.same_list(place, live, sent);
                if same { live.to_vec() } else { sent.to_vec() }
            }
            ListShape::Set => {
                let ours = |value: &Value| {
                    let owners = place.owners.value(value);
                    owners.has_ours() && owners.others.is_empty()
                };
                let wanted = |value: &Value| sent.iter().any(|s| normalize::same_scalar(value, s, false));
                let mut merged: Vec<Value> = live.iter().filter(|v| wanted(v) || !ours(v)).cloned().collect();
                merged
                    .extend(sent.iter().filter(|s| !live.iter().any(|l| normalize::same_scalar(l, s, false))).cloned());
                merged
            }
            ListShape::Keyed(keys) => {
                let wanted = Keyed::new(sent, &keys, items);
                let found = Keyed::new(live, &keys, items);
                let mut merged = Vec::with_capacity(live.len());
                for item in live {
                    let key = key_text(item, &keys, items).map(|(key, _)| key).unwrap_or_default();
                    let owners = place.owners.item(&key);
                    let value = match wanted.get(&key) {
                        Some(sent) => {
                            let below = Place {
                                name: "",
                                schema: items,
                                owners,
                                owned_whole: place.owned_whole,
                                is_entry: false,
                            };
                            self.value(&below, Some(item), sent)
                        }
                        None => remove(&owners, item, items),
                    };
                    merged.extend(value);
                }
                let new = sent.iter().filter(|item| match key_text(item, &keys, items) {
                    Some((key, _)) => found.get(&key).is_none(),
                    None => true,
                });
                merged.extend(new.cloned());
                merged
            }
        }
    }

    fn below<'a>(self, place: &Place<'a>, name: &'a str) -> Place<'a> {
        let schema = place.schema.and_then(|schema| schema.field(name)).map(|schema| &**schema);
        let named = if normalize::is_quantity_field(place.name, None) && schema.is_none() { place.name } else { name };
        let is_entry = normalize::is_map_entry(place.schema, name);
        Place { name: named, schema, owners: place.owners.field(name), owned_whole: place.owned_whole, is_entry }
    }

    /// Whether the live value is what the server makes of the sent one.
    fn same(self, place: &Place<'_>, live: &Value, sent: &Value) -> bool {
        match (live, sent) {
            (Value::Object(live), Value::Object(sent)) => {
                let missing = |name: &String, value: &Value| {
                    let default = || {
                        let field = place.schema.and_then(|schema| schema.field(name));
                        field.is_some_and(|field| field.default.as_ref() == Some(value))
                    };
                    place.owned_whole && self.built_in || default()
                };
                live.iter().all(|(name, value)| sent.contains_key(name) || value.is_null() || missing(name, value))
                    && sent.iter().all(|(name, value)| match live.get(name) {
                        Some(live) => self.same(&self.below(place, name), live, value),
                        None => self.is_left_out(normalize::is_map_entry(place.schema, name), value),
                    })
            }
            (Value::Array(live), Value::Array(sent)) => self.same_list(place, live, sent),
            (live, sent) => {
                let quantity = self.built_in && normalize::is_quantity_field(place.name, place.schema);
                normalize::same_scalar(live, sent, quantity)
            }
        }
    }

    fn same_list(self, place: &Place<'_>, live: &[Value], sent: &[Value]) -> bool {
        let owned_whole = place.owned_whole || place.owners.is_our_leaf();
        let below = Place {
            name: "",
            schema: item_schema(place.schema),
            owners: Owners::default(),
            owned_whole,
            is_entry: false,
        };
        live.len() == sent.len() && live.iter().zip(sent).all(|(live, sent)| self.same(&below, live, sent))
    }
}

/// What is left of a live value when we no longer send it: everything but the parts that only we own.
fn remove(owners: &Owners<'_>, live: &Value, schema: Option<&Schema>) -> Option<Value> {
    if !owners.has_ours() {
        return Some(live.clone());
    }
    let is_leaf = owners.ours.iter().all(|fields| fields.is_empty());
    match live {
        Value::Object(map) if !is_leaf => {
            let below = |name: &str| schema.and_then(|schema| schema.field(name)).map(|schema| &**schema);
            let kept = map
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), remove(&owners.field(name), value, below(name))?)));
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty() || map.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) if !is_leaf => {
            let kept: Vec<Value> = match shape(schema, owners) {
                ListShape::Keyed(keys) => {
                    let item_schema = item_schema(schema);
                    let kept = items.iter().filter_map(|item| {
                        let (key, _) = key_text(item, &keys, item_schema)?;
                        let owners = owners.item(&key);
                        // Somebody else needs the item, so its key stays whatever else of it was ours.
                        if !owners.others.is_empty() || !owners.has_ours() {
                            return Some(item.clone());
                        }
                        None
                    });
                    kept.collect()
                }
                ListShape::Set => {
                    let stays = |item: &&Value| {
                        let owners = owners.value(item);
                        !owners.has_ours() || !owners.others.is_empty()
                    };
                    items.iter().filter(stays).cloned().collect()
                }
                ListShape::Atomic => Vec::new(),
            };
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        live => (!owners.others.is_empty()).then(|| live.clone()),
    }
}
