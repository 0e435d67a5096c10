//! A decoded block: typed values with their places, defaults filled in, nested blocks beneath.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value as Json;

use super::Secret;
use super::schema::Argument;
use super::schema::Block;
use super::schema::Kind;
use crate::diag::Span;
use crate::lang;
use crate::object::Address;

/// A value as its argument's type has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    Text(String),
    Number(i64),
    Bool(bool),
    Texts(Vec<String>),
    TextMap(BTreeMap<String, String>),
    Changes(BTreeMap<String, Option<String>>),
    Objects(Vec<BTreeMap<String, Typed>>),
    Reference(Address),
    Map(BTreeMap<String, lang::Value>),
    Any(lang::Value),
}

/// Where something is written, and whether what stands there may be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub span: Span,
    pub sensitive: bool,
}

/// One argument of a decoded block.
#[derive(Clone, Debug)]
pub struct Found {
    /// `None` where it was refused or is not known.
    pub value: Option<Typed>,
    /// `None` for a default.
    pub place: Option<Place>,
}

/// A decoded block. What is wrong with it has been told: a value of the wrong type is missing, one that breaks a rule
/// is there.
#[derive(Clone, Debug)]
pub struct Node<'s> {
    pub schema: &'s Block,
    /// Its first line.
    pub span: Span,
    pub label: Option<(String, Span)>,
    pub arguments: BTreeMap<&'s str, Found>,
    pub blocks: Vec<Node<'s>>,
}

impl<'s> Node<'s> {
    /// Whether an argument is written, right or wrong.
    pub fn is_set(&self, name: &str) -> bool {
        self.arguments.get(name).is_some_and(|found| found.place.is_some())
    }

    /// Whether an argument is written, or another in its place.
    pub fn is_given(&self, name: &str) -> bool {
        self.is_set(name)
            || self.schema.arguments.iter().any(|other| other.instead_of == name && self.is_set(&other.name))
    }

    /// The place of an argument, or of the block where it is not given.
    pub fn place(&self, name: &str) -> Place {
        let found = self.arguments.get(name).and_then(|found| found.place);
        found.unwrap_or(Place { span: self.span, sensitive: false })
    }

    pub fn value(&self, name: &str) -> Option<&Typed> {
        debug_assert!(self.schema.argument(name).is_some(), "{} has no argument {name}", self.schema.name);
        self.arguments.get(name)?.value.as_ref()
    }

    pub fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Typed::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Typed::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that its limits keep within 32 bits.
    pub fn count(&self, name: &str) -> Option<u32> {
        self.number(name).and_then(|number| u32::try_from(number).ok())
    }

    pub fn choice(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Typed::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A switch that is off where nothing is said.
    pub fn flag(&self, name: &str) -> bool {
        self.choice(name).unwrap_or(false)
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Typed::Texts(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    pub fn text_map(&self, name: &str) -> BTreeMap<String, String> {
        match self.value(name) {
            Some(Typed::TextMap(map)) => map.clone(),
            _ => BTreeMap::new(),
        }
    }

    pub fn changes(&self, name: &str) -> BTreeMap<String, Option<String>> {
        match self.value(name) {
            Some(Typed::Changes(changes)) => changes.clone(),
            _ => BTreeMap::new(),
        }
    }

    pub fn objects(&self, name: &str) -> Vec<BTreeMap<String, Typed>> {
        match self.value(name) {
            Some(Typed::Objects(objects)) => objects.clone(),
            _ => Vec::new(),
        }
    }

    pub fn map(&self, name: &str) -> BTreeMap<String, lang::Value> {
        match self.value(name) {
            Some(Typed::Map(map)) => map.clone(),
            _ => BTreeMap::new(),
        }
    }

    pub fn reference(&self, name: &str) -> Option<Address> {
        match self.value(name)? {
            Typed::Reference(address) => Some(address.clone()),
            _ => None,
        }
    }

    /// What is written, as JSON: the values of a provider's block, which no type of ours waits for.
    pub fn written(&self) -> BTreeMap<String, Json> {
        let given = self.arguments.iter().filter(|(_, found)| found.place.is_some());
        given.filter_map(|(name, found)| Some(((*name).to_owned(), json(found.value.as_ref()?)))).collect()
    }

    /// The first nested block of a type.
    pub fn block<'a>(&'a self, kind: &'a str) -> Option<&'a Node<'s>> {
        self.blocks(kind).next()
    }

    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Node<'s>> {
        debug_assert!(self.schema.block(kind).is_some(), "{} has no block {kind}", self.schema.name);
        self.blocks.iter().filter(move |block| block.schema.name == kind)
    }

    /// The places of everything written in it, by path: `endpoint`, `endpoint.tls`, `component.mlflow.source`.
    pub fn places(&self) -> BTreeMap<String, Place> {
        let mut places = BTreeMap::new();
        self.add_places("", &mut places);
        places
    }

    fn add_places(&self, prefix: &str, places: &mut BTreeMap<String, Place>) {
        for (name, found) in &self.arguments {
            if let Some(place) = found.place {
                places.insert(format!("{prefix}{name}"), place);
            }
        }
        for block in &self.blocks {
            let (path, span) = match &block.label {
                Some((label, span)) => (format!("{prefix}{}.{label}", block.schema.name), *span),
                None => (format!("{prefix}{}", block.schema.name), block.span),
            };
            block.add_places(&format!("{path}."), places);
            places.entry(path).or_insert(Place { span, sensitive: false });
        }
    }

    /// All that is not secret by nature, as JSON: every argument by its name, empty where it has no value; a block that
    /// may stand once is an object, others are a list with their labels.
    pub fn projection(&self) -> Json {
        let mut object = Map::new();
        if let Some((label, _)) = &self.label {
            object.insert("label".into(), label.as_str().into());
        }
        for argument in self.schema.arguments.iter().filter(|argument| !argument.sensitive) {
            let value = self.arguments.get(argument.name.as_str()).and_then(|found| found.value.as_ref());
            object.insert(argument.name.clone(), value.map_or_else(|| nothing(argument), json));
        }
        for schema in &self.schema.blocks {
            let mut all = self.blocks(&schema.name).map(Node::projection);
            let value = match schema.maximum {
                Some(1) => all.next().unwrap_or_else(|| Self::absent(schema).projection()),
                _ => all.collect(),
            };
            object.insert(schema.name.clone(), value);
        }
        Json::Object(object)
    }

    /// A block that is not written: its defaults.
    pub fn absent(schema: &'s Block) -> Self {
        let mut node =
            Self { schema, span: Span::default(), label: None, arguments: BTreeMap::new(), blocks: Vec::new() };
        node.fill_defaults();
        node
    }

    /// Gives arguments that are not written their defaults.
    pub(super) fn fill_defaults(&mut self) {
        for argument in &self.schema.arguments {
            let Some(default) = &argument.default else { continue };
            let value = default_of(argument, default);
            self.arguments.entry(&argument.name).or_insert(Found { value, place: None });
        }
    }
}

/// A default in its type; a test asks every one of them.
pub(super) fn default_of(argument: &Argument, default: &lang::Value) -> Option<Typed> {
    match argument.kind {
        Kind::Text | Kind::ReferenceOrText(_) => default.as_str().map(|text| Typed::Text(text.to_owned())),
        Kind::Number => default.as_i64().map(Typed::Number),
        Kind::Bool => default.as_bool().map(Typed::Bool),
        Kind::Texts => {
            let texts = default.as_elements()?.iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map(Typed::Texts)
        }
        _ => None,
    }
}

/// What stands for an argument without a value: empty, as its type has it.
fn nothing(argument: &Argument) -> Json {
    match &argument.kind {
        Kind::Text | Kind::Reference(_) | Kind::ReferenceOrText(_) | Kind::Provider => "".into(),
        Kind::Number | Kind::Any => Json::Null,
        Kind::Bool => false.into(),
        Kind::Texts | Kind::Objects(_) => Json::Array(Vec::new()),
        Kind::TextMap | Kind::Changes | Kind::Map => Json::Object(Map::new()),
    }
}

pub(super) fn json(value: &Typed) -> Json {
    match value {
        Typed::Text(text) => text.as_str().into(),
        Typed::Number(number) => (*number).into(),
        Typed::Bool(value) => (*value).into(),
        Typed::Texts(texts) => texts.clone().into(),
        Typed::TextMap(map) => map.iter().map(|(key, value)| (key.clone(), Json::from(value.as_str()))).collect(),
        Typed::Changes(map) => map.iter().map(|(key, value)| (key.clone(), Json::from(value.clone()))).collect(),
        Typed::Objects(objects) => {
            let object = |fields: &BTreeMap<String, Typed>| -> Json {
                fields.iter().map(|(name, value)| (name.clone(), json(value))).collect()
            };
            objects.iter().map(object).collect()
        }
        Typed::Reference(address) => address.to_string().into(),
        Typed::Map(map) => map.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
        Typed::Any(value) => value.to_json(),
    }
}
