//! Types of values: what a `type = ...` argument says. Not the conversion between them (`convert`).

use std::collections::BTreeMap;
use std::fmt;

use super::Value;

/// A type, possibly with parts left open (`any`).
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Any type at all; of a value: not known yet.
    Any,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(BTreeMap<String, ObjectAttribute>),
}

/// One attribute of an object type.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectAttribute {
    pub kind: Type,
    /// May be left out of a value that is converted to the type: `optional(T)`.
    pub optional: bool,
    /// Stands for an omitted or null attribute: `optional(T, default)`.
    pub default: Option<Value>,
}

impl ObjectAttribute {
    /// An attribute that must be there.
    pub fn required(kind: Type) -> Self {
        Self { kind, optional: false, default: None }
    }
}

impl Type {
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    pub fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    pub fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }

    /// Whether any part is left open.
    pub fn has_any(&self) -> bool {
        match self {
            Type::Any => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_any(),
            Type::Tuple(elements) => elements.iter().any(Type::has_any),
            Type::Object(attributes) => attributes.values().any(|a| a.kind.has_any()),
        }
    }

    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// The kind of the type in one word, for messages: `list`, `object`, `string`.
    pub fn word(&self) -> &'static str {
        match self {
            Type::Any => "dynamic",
            Type::Bool => "bool",
            Type::Number => "number",
            Type::String => "string",
            Type::List(_) => "list",
            Type::Set(_) => "set",
            Type::Map(_) => "map",
            Type::Tuple(_) => "tuple",
            Type::Object(_) => "object",
        }
    }

    /// As messages name it: `list of string`, `object`, `map of number`.
    pub fn friendly(&self) -> String {
        match self {
            Type::List(element) => format!("list of {}", element.friendly_element()),
            Type::Set(element) => format!("set of {}", element.friendly_element()),
            Type::Map(element) => format!("map of {}", element.friendly_element()),
            other => other.word().to_string(),
        }
    }

    fn friendly_element(&self) -> String {
        if *self == Type::Any { "any single type".to_string() } else { self.friendly() }
    }
}

/// As one writes it in a configuration: `object({a = string, b = optional(number)})`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any"),
            Type::Bool | Type::Number | Type::String => f.write_str(self.word()),
            Type::List(element) => write!(f, "list({element})"),
            Type::Set(element) => write!(f, "set({element})"),
            Type::Map(element) => write!(f, "map({element})"),
            Type::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (at, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("])")
            }
            Type::Object(attributes) => {
                f.write_str("object({")?;
                for (at, (name, attribute)) in attributes.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    if attribute.optional {
                        write!(f, "{comma}{name} = optional({})", attribute.kind)?;
                    } else {
                        write!(f, "{comma}{name} = {}", attribute.kind)?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}
