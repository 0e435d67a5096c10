//! Conversion of values between types, and the one type several values have in common. Terraform's rules.

use std::collections::BTreeMap;

use super::Content;
use super::Number;
use super::ObjectAttribute;
use super::Type;
use super::Value;

/// Why a value does not fit a type: where inside the value, and what is required there. Never shows the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// As `.a["b"][0]`; empty for the value itself.
    pub path: String,
    pub reason: String,
}

impl Mismatch {
    fn new(reason: impl Into<String>) -> Self {
        Self { path: String::new(), reason: reason.into() }
    }

    fn inside(mut self, step: String) -> Self {
        self.path.insert_str(0, &step);
        self
    }
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.reason)
        } else {
            write!(f, "at {}: {}", self.path.trim_start_matches('.'), self.reason)
        }
    }
}

impl Value {
    /// The value as a type has it. `Any` parts keep what is there; collections of `any` get one common element type.
    pub fn convert(&self, target: &Type) -> Result<Value, Mismatch> {
        let converted = match (self.content(), target) {
            (_, Type::Any) => return Ok(self.clone()),
            (Content::Null(_), _) => Value::new(Content::Null(target.clone())),
            (Content::Unknown(kind), target) if kind == target => return Ok(self.clone()),
            (Content::Unknown(kind), _) => {
                if *kind != Type::Any && !convertible(kind, target) {
                    return Err(Mismatch::new(required(target)));
                }
                Value::unknown(if target.has_any() { kind.clone() } else { target.clone() })
            }
            (Content::String(_), Type::String)
            | (Content::Number(_), Type::Number)
            | (Content::Bool(_), Type::Bool) => return Ok(self.clone()),
            (Content::Number(number), Type::String) => Value::string(number.to_string()),
            (Content::Bool(value), Type::String) => Value::string(value.to_string()),
            (Content::String(text), Type::Number) => {
                Number::parse(text).map(Value::number).ok_or_else(|| Mismatch::new("a number is required"))?
            }
            (Content::String(text), Type::Bool) => match &**text {
                "true" | "1" => Value::bool(true),
                "false" | "0" => Value::bool(false),
                _ => return Err(Mismatch::new("a bool is required")),
            },
            (Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements), Type::List(kind)) => {
                let (kind, elements) = convert_all(elements, kind)?;
                Value::list(kind, elements)
            }
            (Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements), Type::Set(kind)) => {
                let (kind, elements) = convert_all(elements, kind)?;
                Value::set(kind, elements)
            }
            (Content::List(_, elements) | Content::Tuple(elements), Type::Tuple(kinds)) => {
                if elements.len() != kinds.len() {
                    return Err(Mismatch::new(format!("{} elements are required", kinds.len())));
                }
                let converted = elements
                    .iter()
                    .zip(kinds)
                    .enumerate()
                    .map(|(at, (element, kind))| element.convert(kind).map_err(|m| m.inside(format!("[{at}]"))));
                Value::tuple(converted.collect::<Result<_, _>>()?)
            }
            (Content::Map(_, entries) | Content::Object(entries), Type::Map(kind)) => {
                let wanted = if kind.has_any() {
                    let common = unify(entries.values().map(Value::kind))
                        .ok_or_else(|| Mismatch::new("all map elements must have the same type"))?;
                    if **kind == Type::Any { common } else { (**kind).clone() }
                } else {
                    (**kind).clone()
                };
                let mut converted = BTreeMap::new();
                for (name, value) in entries.iter() {
                    let value = value.convert(&wanted).map_err(|m| m.inside(format!("[{name:?}]")))?;
                    converted.insert(name.clone(), value);
                }
                let element = element_type(&wanted, converted.values());
                Value::map(element, converted)
            }
            (Content::Map(_, entries) | Content::Object(entries), Type::Object(attributes)) => {
                convert_object(entries, attributes)?
            }
            _ => return Err(Mismatch::new(required(target))),
        };
        let converted = converted.with_sensitivity(self.is_sensitive());
        Ok(match self.resource_address() {
            Some(address) => converted.with_origin(address),
            None => converted,
        })
    }
}

fn convert_all(elements: &[Value], kind: &Type) -> Result<(Type, Vec<Value>), Mismatch> {
    let wanted = if *kind == Type::Any {
        unify(elements.iter().map(Value::kind))
            .ok_or_else(|| Mismatch::new("all list elements must have the same type"))?
    } else {
        kind.clone()
    };
    let converted = elements
        .iter()
        .enumerate()
        .map(|(at, element)| element.convert(&wanted).map_err(|m| m.inside(format!("[{at}]"))))
        .collect::<Result<Vec<_>, _>>()?;
    let element = element_type(&wanted, converted.iter());
    Ok((element, converted))
}

/// The elements' type where the wanted one has open or optional parts.
fn element_type<'a>(wanted: &Type, values: impl Iterator<Item = &'a Value>) -> Type {
    if wanted.has_any()
        && let Some(kind) = unify(values.map(Value::kind))
        && kind != Type::Any
    {
        return kind;
    }
    settled(wanted)
}

/// A type of values: without optional attributes.
fn settled(kind: &Type) -> Type {
    match kind {
        Type::List(element) => Type::list(settled(element)),
        Type::Set(element) => Type::set(settled(element)),
        Type::Map(element) => Type::map(settled(element)),
        Type::Tuple(elements) => Type::Tuple(elements.iter().map(settled).collect()),
        Type::Object(attributes) => Type::Object(
            attributes.iter().map(|(name, a)| (name.clone(), ObjectAttribute::required(settled(&a.kind)))).collect(),
        ),
        other => other.clone(),
    }
}

fn convert_object(
    entries: &BTreeMap<String, Value>,
    attributes: &BTreeMap<String, ObjectAttribute>,
) -> Result<Value, Mismatch> {
    let mut converted = BTreeMap::new();
    for (name, attribute) in attributes {
        let given = entries.get(name);
        let value = match (given, &attribute.default) {
            (None, _) if !attribute.optional => {
                return Err(Mismatch::new(format!("attribute {name:?} is required")));
            }
            (None, Some(default)) => default.convert(&attribute.kind),
            (Some(value), Some(default)) if value.is_null() => default.convert(&attribute.kind),
            (None, None) => Ok(Value::new(Content::Null(settled(&attribute.kind)))),
            (Some(value), _) => value.convert(&attribute.kind),
        };
        converted.insert(name.clone(), value.map_err(|m| m.inside(format!(".{name}")))?);
    }
    Ok(Value::object(converted))
}

fn required(target: &Type) -> String {
    let article = match target {
        Type::Object(_) => "an object",
        Type::String => "a string",
        Type::Number => "a number",
        Type::Bool => "a bool",
        _ => return format!("{} required", target.friendly()),
    };
    format!("{article} is required")
}

/// Whether some value of a type could be converted.
fn convertible(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Any, _) | (_, Type::Any) => true,
        (a, b) if a.is_primitive() && b.is_primitive() => {
            !matches!((a, b), (Type::Bool, Type::Number) | (Type::Number, Type::Bool))
        }
        (Type::List(a) | Type::Set(a), Type::List(b) | Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            convertible(a, b)
        }
        (Type::Tuple(a), Type::List(b) | Type::Set(b)) => a.iter().all(|a| convertible(a, b)),
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| convertible(a, b)),
        (Type::List(a), Type::Tuple(b)) => b.iter().all(|b| convertible(a, b)),
        (Type::Object(a), Type::Map(b)) => a.values().all(|a| convertible(&a.kind, b)),
        (Type::Map(a), Type::Object(b)) => b.values().all(|b| convertible(a, &b.kind)),
        (Type::Object(a), Type::Object(b)) => b.iter().all(|(name, wanted)| match a.get(name) {
            Some(given) => convertible(&given.kind, &wanted.kind),
            None => wanted.optional,
        }),
        _ => false,
    }
}

/// The type all the given types can be converted to without loss; `Any` for none at all, None where there is no such.
pub fn unify(kinds: impl IntoIterator<Item = Type>) -> Option<Type> {
    let mut result = Type::Any;
    let mut shapes: Vec<Type> = Vec::new();
    for kind in kinds {
        if !shapes.contains(&kind) {
            shapes.push(kind);
        }
    }
    // Objects of unequal shapes become maps and tuples of unequal lengths lists only when seen together.
    for kind in shapes {
        result = unify_two(&result, &kind)?;
    }
    Some(result)
}

fn unify_two(a: &Type, b: &Type) -> Option<Type> {
    if a == b {
        return Some(a.clone());
    }
    Some(match (a, b) {
        (Type::Any, other) | (other, Type::Any) => other.clone(),
        (Type::String, other) | (other, Type::String) if other.is_primitive() => Type::String,
        (Type::List(a), Type::List(b)) => Type::list(unify_two(a, b)?),
        (Type::Set(a), Type::Set(b)) => Type::set(unify_two(a, b)?),
        (Type::Map(a), Type::Map(b)) => Type::map(unify_two(a, b)?),
        (Type::List(a), Type::Set(b)) | (Type::Set(a), Type::List(b)) => Type::list(unify_two(a, b)?),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            Type::Tuple(a.iter().zip(b).map(|(a, b)| unify_two(a, b)).collect::<Option<_>>()?)
        }
        (Type::Tuple(a), Type::Tuple(b)) => Type::list(unify(a.iter().chain(b).cloned())?),
        (Type::Tuple(a), Type::List(b)) | (Type::List(b), Type::Tuple(a)) => {
            Type::list(unify(a.iter().chain([&**b]).cloned())?)
        }
        (Type::Tuple(a), Type::Set(b)) | (Type::Set(b), Type::Tuple(a)) => {
            Type::set(unify(a.iter().chain([&**b]).cloned())?)
        }
        (Type::Object(a), Type::Object(b)) if a.len() == b.len() && a.keys().eq(b.keys()) => {
            let mut attributes = BTreeMap::new();
            for ((name, a), b) in a.iter().zip(b.values()) {
                attributes.insert(name.clone(), ObjectAttribute::required(unify_two(&a.kind, &b.kind)?));
            }
            Type::Object(attributes)
        }
        (Type::Object(a), Type::Object(b)) => {
            Type::map(unify(a.values().chain(b.values()).map(|attribute| attribute.kind.clone()))?)
        }
        (Type::Object(a), Type::Map(b)) | (Type::Map(b), Type::Object(a)) => {
            Type::map(unify(a.values().map(|attribute| attribute.kind.clone()).chain([(**b).clone()]))?)
        }
        _ => return None,
    })
}
