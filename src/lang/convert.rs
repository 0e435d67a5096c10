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
                if wanted == Type::Any && !is_of_one_type(converted.values()) {
                    return Err(Mismatch::new("all map elements must have the same type"));
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
    if wanted == Type::Any && !is_of_one_type(&converted) {
        return Err(Mismatch::new("all list elements must have the same type"));
    }
    let element = element_type(&wanted, converted.iter());
    Ok((element, converted))
}

/// Whether elements can stand together in one collection: what is null or unknown can with all.
fn is_of_one_type<'a>(elements: impl IntoIterator<Item = &'a Value>) -> bool {
    let mut kinds = elements.into_iter().map(Value::kind).filter(|kind| *kind != Type::Any);
    let Some(first) = kinds.next() else { return true };
    kinds.all(|kind| kind == first || common(&[first.clone(), kind]).is_some())
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
/// They are looked at together: a bool and a number have a type in common only beside a text.
pub fn unify(kinds: impl IntoIterator<Item = Type>) -> Option<Type> {
    let mut shapes: Vec<Type> = Vec::new();
    let mut is_open = false;
    for kind in kinds {
        is_open |= kind == Type::Any;
        if kind != Type::Any && !shapes.contains(&kind) {
            shapes.push(kind);
        }
    }
    // With a bare null among them it is left open what they have in common.
    common(&shapes).or(is_open.then_some(Type::Any))
}

fn common(shapes: &[Type]) -> Option<Type> {
    let all = |is: fn(&Type) -> bool| shapes.iter().all(is);
    let any = |is: fn(&Type) -> bool| shapes.iter().any(is);
    match shapes {
        [] => return Some(Type::Any),
        [only] => return Some(only.clone()),
        _ if all(Type::is_primitive) => return shapes.contains(&Type::String).then_some(Type::String),
        _ => {}
    }
    if all(|kind| matches!(kind, Type::Tuple(_) | Type::List(_) | Type::Set(_))) {
        // Tuples of one length stay tuples; of unequal ones, and beside lists, they become lists.
        if let Some(columns) = tuple_columns(shapes) {
            return Some(Type::Tuple(columns.into_iter().map(unify).collect::<Option<_>>()?));
        }
        let element = unify(shapes.iter().flat_map(parts))?;
        let is_set = any(|kind| matches!(kind, Type::Set(_))) && !any(|kind| matches!(kind, Type::List(_)));
        return Some(if is_set { Type::set(element) } else { Type::list(element) });
    }
    if all(|kind| matches!(kind, Type::Object(_) | Type::Map(_))) {
        if let Some(columns) = object_columns(shapes) {
            let attribute = |(name, kinds)| Some((name, ObjectAttribute::required(unify(kinds)?)));
            return Some(Type::Object(columns.into_iter().map(attribute).collect::<Option<_>>()?));
        }
        return Some(Type::map(unify(shapes.iter().flat_map(parts))?));
    }
    None
}

/// The types of what is in a collection.
fn parts(kind: &Type) -> Vec<Type> {
    match kind {
        Type::List(element) | Type::Set(element) | Type::Map(element) => vec![(**element).clone()],
        Type::Tuple(elements) => elements.clone(),
        Type::Object(attributes) => attributes.values().map(|attribute| attribute.kind.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Of tuples of one length, the types at each place.
fn tuple_columns(kinds: &[Type]) -> Option<Vec<Vec<Type>>> {
    let mut columns: Vec<Vec<Type>> = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        let Type::Tuple(elements) = kind else { return None };
        if at == 0 {
            columns.resize(elements.len(), Vec::new());
        }
        if elements.len() != columns.len() {
            return None;
        }
        columns.iter_mut().zip(elements).for_each(|(column, element)| column.push(element.clone()));
    }
    Some(columns)
}

/// Of objects of the same names, the types of each.
fn object_columns(kinds: &[Type]) -> Option<BTreeMap<String, Vec<Type>>> {
    let mut columns: BTreeMap<String, Vec<Type>> = BTreeMap::new();
    for (at, kind) in kinds.iter().enumerate() {
        let Type::Object(attributes) = kind else { return None };
        if at > 0 && !attributes.keys().eq(columns.keys()) {
            return None;
        }
        for (name, attribute) in attributes {
            columns.entry(name.clone()).or_default().push(attribute.kind.clone());
        }
    }
    Some(columns)
}
