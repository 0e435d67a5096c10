//! Laws of server-side apply, tried on many objects: pure values, no server.

use proptest::prelude::*;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::FieldSet;
use super::Ownership;
use super::Write;
use crate::object::schema::Schema;

/// Everything that merges in its own way: texts, a map, a list map, a set, an atomic list, a structure.
fn schema() -> Schema {
    let text = json!({"type": "string"});
    Schema::from_json(&json!({"type": "object", "properties": {
        "metadata": {"type": "object", "properties": {"labels": {"type": "object", "additionalProperties": text}}},
        "spec": {"type": "object", "properties": {
            "a": text, "b": text,
            "map": {"type": "object", "additionalProperties": text},
            "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": text, "x": text, "y": text}}},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": text},
            "atomic": {"type": "array", "items": text},
        }},
    }}))
    .expect("a schema")
}

/// A configuration whose keys all begin with `prefix`, so that those of two prefixes share no field. The scalar
/// fields `a` and `b`, and the atomic list, can be had by one prefix only.
fn config(prefix: &'static str) -> impl Strategy<Value = Value> {
    let names = || prop::collection::btree_map("[a-c]", "[0-3]", 0..3);
    let items = prop::collection::btree_map("[a-c]", (prop::option::of("[0-3]"), prop::option::of("[0-3]")), 0..3);
    let set = prop::collection::btree_set("[a-d]", 0..3);
    (names(), names(), items, set, prop::option::of("[0-3]")).prop_map(move |(labels, map, items, set, scalar)| {
        let named = |map: std::collections::BTreeMap<String, String>| -> Map<String, Value> {
            map.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value.into())).collect()
        };
        let item = |(name, (x, y)): (String, (Option<String>, Option<String>))| {
            let mut item = Map::new();
            item.insert("name".into(), format!("{prefix}{name}").into());
            for (field, value) in [("x", x), ("y", y)] {
                if let Some(value) = value {
                    item.insert(field.into(), value.into());
                }
            }
            Value::Object(item)
        };
        let mut spec = Map::new();
        spec.insert("map".into(), named(map).into());
        spec.insert("items".into(), items.into_iter().map(item).collect::<Vec<_>>().into());
        spec.insert("set".into(), set.into_iter().map(|text| format!("{prefix}{text}")).collect::<Vec<_>>().into());
        if let Some(scalar) = scalar {
            spec.insert(if prefix == "p" { "a" } else { "b" }.into(), scalar.clone().into());
            if prefix == "p" {
                spec.insert("atomic".into(), json!([scalar]));
            }
        }
        let mut object = json!({"metadata": {"labels": named(labels)}, "spec": spec});
        drop_empty(&mut object);
        object
    })
}

/// Empty lists and maps own nothing; without them two results are easily compared.
fn drop_empty(value: &mut Value) {
    if let Value::Object(map) = value {
        map.values_mut().for_each(drop_empty);
        map.retain(|_, value| {
            !value.as_object().is_some_and(Map::is_empty) && !value.as_array().is_some_and(Vec::is_empty)
        });
    }
}

/// One applier after the other on one object.
#[derive(Clone, Debug, PartialEq)]
struct Live {
    object: Value,
    ownership: Ownership,
}

impl Live {
    fn new() -> Self {
        Self { object: Value::Null, ownership: Ownership::default() }
    }

    fn apply(&mut self, manager: &str, config: &Value, force: bool) -> Result<(), Vec<super::Conflict>> {
        let write = Write {
            manager,
            api_version: "example.com/v1",
            subresource: "",
            now: "2026-01-01T00:00:00Z",
            ignored: &FieldSet::default(),
        };
        let mut ownership = self.ownership.clone();
        self.object = ownership.apply(Some(&schema()), &self.object, config, force, &write)?;
        self.ownership = ownership;
        Ok(())
    }

    /// The object with lists in order of their text and nothing empty, and the owners in order.
    fn canonical(&self) -> (Value, Value) {
        fn sort(value: &mut Value) {
            match value {
                Value::Array(items) => {
                    items.iter_mut().for_each(sort);
                    items.sort_by_key(ToString::to_string);
                }
                Value::Object(map) => {
                    map.values_mut().for_each(sort);
                    map.sort_keys();
                }
                _ => {}
            }
        }
        let mut object = self.object.clone();
        drop_empty(&mut object);
        sort(&mut object);
        (object, self.ownership.to_value())
    }
}

proptest! {
    #[test]
    fn applying_twice_is_applying_once(first in config("p"), second in config("p")) {
        let mut live = Live::new();
        live.apply("one", &first, false).expect("alone");
        live.apply("two", &second, true).expect("forced");
        let once = live.clone();
        live.apply("two", &second, false).expect("already its own");
        prop_assert_eq!(live, once);
    }

    #[test]
    fn what_shares_no_field_commutes(p in config("p"), q in config("q")) {
        let mut left = Live::new();
        left.apply("one", &p, false).expect("alone");
        left.apply("two", &q, false).expect("no shared field");
        let mut right = Live::new();
        right.apply("two", &q, false).expect("alone");
        right.apply("one", &p, false).expect("no shared field");
        prop_assert_eq!(left.canonical(), right.canonical());
    }

    #[test]
    fn letting_go_restores(p in config("p"), q in config("q")) {
        let mut live = Live::new();
        live.apply("one", &p, false).expect("alone");
        let before = live.canonical();
        live.apply("two", &q, false).expect("no shared field");
        live.apply("two", &json!({}), false).expect("its own");
        prop_assert_eq!(live.canonical(), before);
    }

    #[test]
    fn conflicts_are_symmetric(first in config("p"), second in config("p")) {
        let fields = |a: &Value, b: &Value| {
            let mut live = Live::new();
            live.apply("one", a, false).expect("alone");
            match live.apply("two", b, false) {
                Ok(()) => Vec::new(),
                Err(conflicts) => conflicts.into_iter().map(|conflict| conflict.field).collect(),
            }
        };
        prop_assert_eq!(fields(&first, &second), fields(&second, &first));
    }

    #[test]
    fn the_applied_is_there_and_owned(first in config("p"), second in config("p")) {
        let mut live = Live::new();
        live.apply("one", &first, false).expect("alone");
        live.apply("two", &second, true).expect("forced");
        let missing = super::compare(Some(&schema()), &super::merge(Some(&schema()), &live.object, &second), &live.object);
        prop_assert!(missing.is_same(), "{:?}", missing);
        let own = live.ownership.entries.iter().find(|entry| entry.manager == "two").map(|entry| entry.fields.clone());
        prop_assert_eq!(own.unwrap_or_default(), super::fields_of(Some(&schema()), &second));
    }

    #[test]
    fn fields_survive_their_text(object in config("p")) {
        let set = super::fields_of(Some(&schema()), &object);
        prop_assert_eq!(FieldSet::from_json(&set.to_json()), set);
    }
}
