//! Values of the language: known, unknown until applied, null, each possibly sensitive. Immutable and cheap to clone.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Number;
use super::ObjectAttribute;
use super::Type;
use crate::object::Address;

/// What a value is, without its marks.
#[derive(Clone, PartialEq)]
pub enum Content {
    /// Absent, of a type; `Type::Any` for a bare `null`.
    Null(Type),
    /// Known only after apply; `Type::Any` when not even its type is known.
    Unknown(Type),
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    /// Elements and their common type.
    List(Type, Arc<Vec<Value>>),
    /// Elements in Terraform's order (see [`Value::order`]), each once, without marks of their own.
    Set(Type, Arc<Vec<Value>>),
    Tuple(Arc<Vec<Value>>),
    Map(Type, Arc<BTreeMap<String, Value>>),
    Object(Arc<BTreeMap<String, Value>>),
}

/// A value and its marks: sensitive, and the resource it is.
///
/// A mark on a collection covers all of it; elements carry marks of their own. `Debug` never shows sensitive content.
#[derive(Clone)]
pub struct Value {
    content: Content,
    sensitive: bool,
    /// Address of the resource whose whole value this is.
    origin: Option<Address>,
    /// What an unknown text is known to begin with.
    prefix: Option<Arc<str>>,
    parts: Parts,
}

/// What is known of a value's parts, so that nobody goes through them again for it: a part may be shared by many, and
/// written out there are more of them than memory holds.
#[derive(Clone, Copy, Debug)]
struct Parts {
    /// As many values as there are when all is written out, long texts counting for several.
    weight: usize,
    depth: usize,
    sensitive: bool,
    unknown: bool,
}

impl Parts {
    fn of(content: &Content) -> Self {
        let text = |text: &str| 1 + text.len() / BYTES_A_VALUE;
        let mut parts =
            Parts { weight: 1, depth: 0, sensitive: false, unknown: matches!(content, Content::Unknown(_)) };
        match content {
            Content::String(content) => parts.weight = text(content),
            Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements) => {
                elements.iter().for_each(|element| parts.add(element));
            }
            Content::Map(_, entries) | Content::Object(entries) => {
                for (key, value) in entries.iter() {
                    parts.weight = parts.weight.saturating_add(text(key) - 1);
                    parts.add(value);
                }
            }
            _ => {}
        }
        parts
    }

    fn add(&mut self, part: &Value) {
        self.weight = self.weight.saturating_add(part.parts.weight);
        self.depth = self.depth.max(part.parts.depth + 1);
        self.sensitive |= part.contains_sensitive();
        self.unknown |= part.parts.unknown;
    }
}

/// A text counts for one value more with each of these.
const BYTES_A_VALUE: usize = 128;

impl Value {
    pub fn new(content: Content) -> Value {
        let parts = Parts::of(&content);
        Value { content, sensitive: false, origin: None, prefix: None, parts }
    }

    /// The untyped `null`.
    pub fn null() -> Value {
        Value::new(Content::Null(Type::Any))
    }

    /// Known only after apply, of the given type.
    pub fn unknown(kind: Type) -> Value {
        Value::new(Content::Unknown(kind))
    }

    /// A text known only after apply, but for what it begins with; it is not null.
    pub(crate) fn unknown_text(prefix: &str) -> Value {
        Value { prefix: Some(prefix.into()), ..Value::unknown(Type::String) }
    }

    /// What an unknown text begins with, where anything is known of it.
    pub(crate) fn known_prefix(&self) -> Option<&str> {
        self.prefix.as_deref().filter(|_| self.is_unknown())
    }

    pub fn bool(value: bool) -> Value {
        Value::new(Content::Bool(value))
    }

    pub fn number(value: impl Into<Number>) -> Value {
        Value::new(Content::Number(value.into()))
    }

    pub fn string(value: impl Into<Arc<str>>) -> Value {
        Value::new(Content::String(value.into()))
    }

    pub fn tuple(elements: Vec<Value>) -> Value {
        Value::new(Content::Tuple(Arc::new(elements)))
    }

    pub fn object(attributes: impl IntoIterator<Item = (String, Value)>) -> Value {
        Value::new(Content::Object(Arc::new(attributes.into_iter().collect())))
    }

    /// A list; all elements must be of the type (see `convert`).
    pub fn list(element: Type, elements: Vec<Value>) -> Value {
        Value::new(Content::List(element, Arc::new(elements)))
    }

    /// A map; all elements must be of the type.
    pub fn map(element: Type, elements: BTreeMap<String, Value>) -> Value {
        Value::new(Content::Map(element, Arc::new(elements)))
    }

    /// A set: sorts, drops repetitions, and takes the elements' marks upon itself. Not wholly known elements make the
    /// set as a whole keep them as they are.
    pub fn set(element: Type, elements: Vec<Value>) -> Value {
        let sensitive = elements.iter().any(Value::contains_sensitive);
        let mut elements: Vec<Value> = elements.into_iter().map(|e| e.without_sensitivity()).collect();
        elements.sort_by(Value::order);
        elements.dedup_by(|a, b| a.order(b) == Ordering::Equal);
        if elements.iter().any(|element| !element.kind().is_primitive()) {
            elements.sort_by_cached_key(|element| {
                let mut key = String::new();
                element.write_set_key(&mut key);
                key
            });
        }
        Value::new(Content::Set(element, Arc::new(elements))).with_sensitivity(sensitive)
    }

    /// The content whatever the marks: for evaluation. For output check [`Self::is_sensitive`] first.
    pub fn content(&self) -> &Content {
        &self.content
    }

    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null(_))
    }

    /// Whether the value itself is unknown; parts of a known collection may still be.
    pub fn is_unknown(&self) -> bool {
        matches!(self.content, Content::Unknown(_))
    }

    /// Whether nothing in the value is unknown.
    pub fn is_wholly_known(&self) -> bool {
        !self.parts.unknown
    }

    /// How many values it is when all is written out, parts that are shared as often as they stand there.
    pub(crate) fn weight(&self) -> usize {
        self.parts.weight
    }

    /// How deep its parts nest; 0 without any.
    pub(crate) fn depth(&self) -> usize {
        self.parts.depth
    }

    /// Whether the value itself is marked; see [`Self::contains_sensitive`] for its parts.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    pub fn contains_sensitive(&self) -> bool {
        self.sensitive || self.parts.sensitive
    }

    /// Adds the mark where `sensitive`; never takes one away.
    pub fn with_sensitivity(mut self, sensitive: bool) -> Value {
        self.sensitive |= sensitive;
        self
    }

    /// Without the mark of the value itself.
    pub fn without_own_mark(mut self) -> Value {
        self.sensitive = false;
        self
    }

    /// Without any mark, at any depth.
    pub fn without_sensitivity(&self) -> Value {
        if !self.contains_sensitive() {
            return self.clone();
        }
        let mut clear = self.rebuild(Value::without_sensitivity);
        clear.sensitive = false;
        clear
    }

    /// The value of a whole resource.
    pub fn with_origin(mut self, address: &Address) -> Value {
        self.origin = Some(address.clone());
        self
    }

    /// The address when this is the value of a whole resource, as `cluster.main` or `module.a.user.team["x"]`.
    pub fn resource_address(&self) -> Option<&Address> {
        self.origin.as_ref()
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.content {
            Content::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<&Number> {
        match &self.content {
            Content::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The number as a machine integer, when it is one.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::to_i64)
    }

    /// Elements of a list, set or tuple.
    pub fn as_elements(&self) -> Option<&[Value]> {
        match &self.content {
            Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// Elements of a map or attributes of an object.
    pub fn as_entries(&self) -> Option<&BTreeMap<String, Value>> {
        match &self.content {
            Content::Map(_, entries) | Content::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// An element of a map or an attribute of an object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_entries().and_then(|entries| entries.get(name))
    }

    /// The type; `Any` parts are those of unknown and null parts.
    pub fn kind(&self) -> Type {
        match &self.content {
            Content::Null(kind) | Content::Unknown(kind) => kind.clone(),
            Content::Bool(_) => Type::Bool,
            Content::Number(_) => Type::Number,
            Content::String(_) => Type::String,
            Content::List(element, _) => Type::list(element.clone()),
            Content::Set(element, _) => Type::set(element.clone()),
            Content::Map(element, _) => Type::map(element.clone()),
            Content::Tuple(elements) => Type::Tuple(elements.iter().map(Value::kind).collect()),
            Content::Object(attributes) => Type::Object(
                attributes.iter().map(|(name, v)| (name.clone(), ObjectAttribute::required(v.kind()))).collect(),
            ),
        }
    }

    /// Direct parts of a collection.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Value> + '_> {
        match &self.content {
            Content::List(_, elements) | Content::Set(_, elements) | Content::Tuple(elements) => {
                Box::new(elements.iter())
            }
            Content::Map(_, entries) | Content::Object(entries) => Box::new(entries.values()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// The same value with each direct part replaced; marks and origin stay.
    pub(crate) fn rebuild(&self, part: impl Fn(&Value) -> Value) -> Value {
        let all = |elements: &[Value]| Arc::new(elements.iter().map(&part).collect::<Vec<_>>());
        let each = |entries: &BTreeMap<String, Value>| {
            Arc::new(entries.iter().map(|(k, v)| (k.clone(), part(v))).collect::<BTreeMap<_, _>>())
        };
        let content = match &self.content {
            Content::List(kind, elements) => Content::List(kind.clone(), all(elements)),
            Content::Set(kind, elements) => Content::Set(kind.clone(), all(elements)),
            Content::Tuple(elements) => Content::Tuple(all(elements)),
            Content::Map(kind, entries) => Content::Map(kind.clone(), each(entries)),
            Content::Object(entries) => Content::Object(each(entries)),
            other => other.clone(),
        };
        Value {
            sensitive: self.sensitive,
            origin: self.origin.clone(),
            prefix: self.prefix.clone(),
            ..Value::new(content)
        }
    }

    /// Every text and number under a mark; all of them where `is_secret`. Of a map that is marked as a whole the keys too,
    /// of an object not: they are names of attributes.
    pub fn secret_texts(&self, is_secret: bool, texts: &mut Vec<String>) {
        let is_secret = is_secret || self.sensitive;
        match &self.content {
            Content::String(text) if is_secret => texts.push(text.to_string()),
            Content::Number(number) if is_secret => texts.push(number.to_string()),
            Content::Map(_, entries) if is_secret => texts.extend(entries.keys().cloned()),
            _ => {}
        }
        self.children().for_each(|child| child.secret_texts(is_secret, texts));
    }

    /// The value with each text and number under a mark changed; `None` from `change` leaves one as it is.
    pub fn with_secrets_changed(&self, is_secret: bool, change: &dyn Fn(&Value) -> Option<Value>) -> Value {
        let is_secret = is_secret || self.sensitive;
        match &self.content {
            Content::String(_) | Content::Number(_) if is_secret => match change(self) {
                Some(value) => value.with_sensitivity(self.sensitive),
                None => self.clone(),
            },
            _ => self.rebuild(|part| part.with_secrets_changed(is_secret, change)),
        }
    }

    /// A total order without regard to marks: numbers by value, strings by bytes, false before true, null last.
    pub fn order(&self, other: &Value) -> Ordering {
        let lists = |a: &[Value], b: &[Value]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| a.order(b))
                .find(|order| *order != Ordering::Equal)
                .unwrap_or(a.len().cmp(&b.len()))
        };
        match (&self.content, &other.content) {
            (Content::Bool(a), Content::Bool(b)) => a.cmp(b),
            (Content::Number(a), Content::Number(b)) if a.is_zero() && b.is_zero() => Ordering::Equal,
            (Content::Number(a), Content::Number(b)) => a.cmp(b),
            (Content::String(a), Content::String(b)) => a.cmp(b),
            (Content::List(_, a), Content::List(_, b))
            | (Content::Set(_, a), Content::Set(_, b))
            | (Content::Tuple(a), Content::Tuple(b)) => lists(a, b),
            (Content::Map(_, a), Content::Map(_, b)) | (Content::Object(a), Content::Object(b)) => a
                .iter()
                .zip(b.iter())
                .map(|((ka, va), (kb, vb))| ka.cmp(kb).then_with(|| va.order(vb)))
                .find(|order| *order != Ordering::Equal)
                .unwrap_or(a.len().cmp(&b.len())),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }

    /// What Terraform orders the elements of sets by where they are collections: a text of what is in them.
    fn write_set_key(&self, key: &mut String) {
        let (open, close) = match &self.content {
            Content::Unknown(_) => return key.push('?'),
            Content::Null(_) => return key.push('~'),
            Content::Bool(truth) => return key.push(if *truth { 'T' } else { 'F' }),
            Content::Number(number) => return key.push_str(&ten_digits(number)),
            Content::String(text) => return key.push_str(&super::console::quoted(text)),
            Content::List(..) | Content::Set(..) => ('[', ']'),
            Content::Map(..) => ('{', '}'),
            Content::Tuple(_) | Content::Object(_) => ('<', '>'),
        };
        key.push(open);
        if let Content::Map(_, entries) = &self.content {
            for (name, value) in entries.iter() {
                key.push_str(&super::console::quoted(name));
                key.push(':');
                value.write_set_key(key);
                key.push(';');
            }
        } else {
            for part in self.children() {
                part.write_set_key(key);
                key.push(';');
            }
        }
        key.push(close);
    }

    /// Equality of two known values as `==` has it: types must agree, marks do not matter.
    pub fn same(&self, other: &Value) -> bool {
        if self.is_null() && other.is_null() {
            return true;
        }
        let kinds = match (&self.content, &other.content) {
            (Content::List(a, x), Content::List(b, y)) | (Content::Set(a, x), Content::Set(b, y)) => {
                a == b || x.is_empty() && y.is_empty() && a.word() == b.word() || a.has_any() || b.has_any()
            }
            (Content::Map(a, _), Content::Map(b, _)) => a == b || a.has_any() || b.has_any(),
            _ => true,
        };
        kinds && self.order(other) == Ordering::Equal
    }
}

/// A number by its first ten digits, with an exponent where it is very large or small.
fn ten_digits(number: &Number) -> String {
    let float = number.to_f64();
    if !float.is_finite() {
        return number.to_string();
    }
    let text = format!("{float:.9e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    };
    if (-4..10).contains(&exponent) {
        let decimals = usize::try_from(9 - exponent).unwrap_or(0);
        return trim(&format!("{float:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(mantissa), exponent.unsigned_abs())
}

fn rank(content: &Content) -> u8 {
    match content {
        Content::Bool(_) => 0,
        Content::Number(_) => 1,
        Content::String(_) => 2,
        Content::List(..) => 3,
        Content::Set(..) => 4,
        Content::Tuple(_) => 5,
        Content::Map(..) => 6,
        Content::Object(_) => 7,
        Content::Unknown(_) => 8,
        Content::Null(_) => 9,
    }
}

/// Content and marks; not the origin.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.sensitive == other.sensitive && self.content == other.content
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return f.write_str("(sensitive value)");
        }
        match &self.content {
            Content::Null(_) => f.write_str("null"),
            Content::Unknown(kind) => write!(f, "(unknown {kind})"),
            Content::Bool(value) => write!(f, "{value}"),
            Content::Number(number) => write!(f, "{number}"),
            Content::String(text) => write!(f, "{text:?}"),
            Content::List(_, elements) | Content::Tuple(elements) => f.debug_list().entries(elements.iter()).finish(),
            Content::Set(_, elements) => f.debug_set().entries(elements.iter()).finish(),
            Content::Map(_, entries) | Content::Object(entries) => f.debug_map().entries(entries.iter()).finish(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::string(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::string(value)
    }
}
