//! The structural schema of a value. Only the value: reading, writing and applying it are beside this file.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Map;
use serde_json::Value;

/// What a value may be and how a server treats it, as in a CRD's structural schema. Sub-schemas are shared: the
/// library hands out one `PodSpec` however many kinds hold it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    pub value_type: Type,
    /// `int32`, `date-time`, `byte`, …; empty where there is none.
    pub format: Box<str>,
    pub description: Option<Box<str>>,
    /// Declared fields of an object, in their declared order.
    pub properties: IndexMap<String, Arc<Schema>>,
    pub required: Vec<String>,
    /// The values of a map (`additionalProperties`). Never together with `properties` in a structural schema.
    pub additional: Option<Arc<Schema>>,
    /// The items of an array.
    pub items: Option<Arc<Schema>>,
    /// Unknown fields of this object are kept (`x-kubernetes-preserve-unknown-fields`), also below it where nothing is
    /// declared.
    pub preserve_unknown: bool,
    /// The value is a whole Kubernetes object (`x-kubernetes-embedded-resource`).
    pub embedded_resource: bool,
    pub nullable: bool,
    pub default: Option<Value>,
    /// Allowed values; empty means any.
    pub enumeration: Vec<Value>,
    pub pattern: Option<Box<str>>,
    pub limits: Option<Box<Limits>>,
    pub combination: Option<Box<Combination>>,
    /// How the items of an array are merged; `None` counts as atomic.
    pub list_type: Option<ListType>,
    /// How an object is merged; `None` counts as granular.
    pub map_type: Option<MapType>,
    /// How strategic merge patches treat this field; only built-in types have it.
    pub patch: Option<Box<PatchRule>>,
    /// A server that keeps the value in a typed structure leaves it out where it is empty (`""`, `0`, `false`, `[]`,
    /// `{}`); only built-in types have it.
    pub omit_empty: bool,
    /// Defaults that only the server of a built-in type sets, in the order in which it does.
    pub server_defaults: Vec<ServerDefault>,
    /// Keywords nobody here reads (`title`, `x-kubernetes-validations`, …), kept for [`Schema::to_json`].
    pub other: Option<Box<Map<String, Value>>>,
}

/// The type of a value. `Quantity` is that of a typed server, which rewrites amounts; in a CRD it is an `IntOrString`
/// with [`Quantity::PATTERN`](super::Quantity::PATTERN), whose text stays as it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Type {
    #[default]
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,
    Quantity,
}

/// Bounds of numbers, texts, arrays and maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub exclusive_minimum: bool,
    pub exclusive_maximum: bool,
    pub multiple_of: Option<f64>,
    /// Characters, not bytes.
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub unique_items: bool,
    pub min_properties: Option<u64>,
    pub max_properties: Option<u64>,
}

/// Schemas that only validate; a structural schema declares no fields in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Combination {
    pub all_of: Vec<Arc<Schema>>,
    pub any_of: Vec<Arc<Schema>>,
    pub one_of: Vec<Arc<Schema>>,
    pub not: Option<Arc<Schema>>,
}

/// How two appliers share an array (`x-kubernetes-list-type`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListType {
    Atomic,
    Set,
    /// Items are objects told apart by these fields.
    Map(Vec<String>),
}

/// How two appliers share an object (`x-kubernetes-map-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    Granular,
    Atomic,
}

/// `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key` of a field of a built-in type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchRule {
    /// Items of the array are merged, not replaced.
    pub merge: bool,
    /// Fields the patch does not name are dropped (unions such as `Volume` and `DeploymentStrategy`).
    pub retain_keys: bool,
    /// The value is replaced as a whole even though it is an object.
    pub replace: bool,
    /// The field that tells items apart; empty for arrays of scalars.
    pub merge_key: String,
}

/// A default of a field somewhere below an object, set on a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerDefault {
    /// Field names from the object down to the parent of the field; a name ending in `[]` stands for every item.
    pub parent: Vec<String>,
    /// The field that is set; empty where `fill` adds to the parent itself.
    pub field: String,
    pub condition: Condition,
    /// An explicit `0` counts as missing.
    pub zero_is_missing: bool,
    /// Missing keys of an object that is there are filled in too.
    pub fill: bool,
    pub value: DefaultValue,
}

/// When a [`ServerDefault`] applies; fields are of the parent (or below it, with dots).
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Always,
    OneOf {
        field: String,
        values: Vec<String>,
    },
    Matches {
        field: String,
        pattern: String,
    },
    /// The field is there and not empty.
    With(String),
    /// All of these are missing or empty.
    Unless(Vec<String>),
}

/// What a [`ServerDefault`] sets.
#[derive(Clone, Debug, PartialEq)]
pub enum DefaultValue {
    Json(Value),
    /// A copy of a sibling.
    Sibling(String),
    /// The text of a sibling in lower case.
    Lower(String),
    /// The text of a sibling with another behind it.
    Suffixed(String, String),
}

impl Schema {
    /// The schema of a field or map entry of an object; `None` where it is not declared.
    pub fn field(&self, name: &str) -> Option<&Arc<Schema>> {
        self.properties.get(name).or(self.additional.as_ref())
    }

    /// The fields that tell items of this array apart; `None` where the array is no list map.
    pub fn list_keys(&self) -> Option<&[String]> {
        match &self.list_type {
            Some(ListType::Map(keys)) => Some(keys),
            _ => None,
        }
    }

    /// Whether appliers share the array or object part by part, instead of replacing it as a whole.
    pub fn is_granular(&self) -> bool {
        match self.value_type {
            Type::Array => matches!(self.list_type, Some(ListType::Set | ListType::Map(_))),
            Type::Object | Type::Any => self.map_type != Some(MapType::Atomic),
            _ => false,
        }
    }
}
