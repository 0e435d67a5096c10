//! Reads arguments of decoded blocks as plain values, and says what does not fit.

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;
use crate::lang::Block;
use crate::lang::Body;
use crate::lang::Value;
use crate::object::ObjectId;

/// Reads one block; findings are collected.
pub(super) struct Decoder<'a> {
    body: &'a Body,
    /// Where a missing argument is reported: the block's first line.
    span: Span,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Decoder<'a> {
    /// Also reports arguments and blocks that are not among the known ones.
    pub fn new(block: &'a Block, arguments: &[&str], blocks: &[&str], diagnostics: &'a mut Diagnostics) -> Self {
        for (name, attribute) in &block.body.attributes {
            if !arguments.contains(&name.as_str()) {
                let detail = format!("An argument named \"{name}\" is not expected in a \"{}\" block.", block.kind);
                let help = nearest(name, arguments.iter().copied()).map(|near| format!("Did you mean \"{near}\"?"));
                diagnostics
                    .push(Diagnostic::error("Unsupported argument", detail).at(attribute.name_span).help_option(help));
            }
        }
        for nested in &block.body.blocks {
            if !blocks.contains(&nested.kind.as_str()) {
                let detail = format!("Blocks of type \"{}\" are not expected here.", nested.kind);
                let help =
                    nearest(&nested.kind, blocks.iter().copied()).map(|near| format!("Did you mean \"{near}\"?"));
                diagnostics
                    .push(Diagnostic::error("Unsupported block type", detail).at(nested.kind_span).help_option(help));
            }
        }
        Self { body: &block.body, span: block.span, diagnostics }
    }

    /// A text that must be there.
    pub fn required_text(&mut self, name: &str) -> String {
        self.require(name);
        self.text(name).unwrap_or_default()
    }

    fn require(&mut self, name: &str) {
        if !self.body.attributes.contains_key(name) {
            let detail = format!("The argument \"{name}\" is required, but no definition was found.");
            self.diagnostics.push(Diagnostic::error("Missing required argument", detail).at(self.span));
        }
    }

    /// An object of the core group given as `namespace/name`; `None` where it is missing, not known or malformed.
    pub fn required_object(&mut self, name: &str, kind: &str) -> Option<ObjectId> {
        let text = self.required_text(name);
        match text.split_once('/') {
            Some((namespace, object)) if !namespace.is_empty() && !object.is_empty() && !object.contains('/') => {
                Some(ObjectId::new("", kind, namespace, object))
            }
            _ => {
                if self.body.value(name).is_some_and(Value::is_wholly_known) {
                    self.refuse(name, format!("The {kind} must be given as \"namespace/name\"."));
                }
                None
            }
        }
    }

    /// A value that must be there, known or not.
    pub fn required_value(&mut self, name: &str) -> Option<Value> {
        self.require(name);
        self.body.value(name).cloned()
    }

    /// Whether an argument's value is not known yet, so that nothing can be said of it.
    pub fn is_open(&self, name: &str) -> bool {
        self.body.value(name).is_some_and(|value| !value.is_wholly_known())
    }

    /// A text; `None` where it is left out or not known.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub fn bool(&mut self, name: &str) -> Option<bool> {
        self.read(name, "a bool", Value::as_bool)
    }

    /// A whole number from 1.
    pub fn count(&mut self, name: &str) -> Option<usize> {
        self.read(name, "a whole number from 1", |value| {
            usize::try_from(value.as_i64()?).ok().filter(|count| *count > 0)
        })
    }

    /// A list of texts; empty where it is left out.
    pub fn texts(&mut self, name: &str) -> Vec<String> {
        let texts = |value: &Value| {
            value.as_elements()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        self.read(name, "a list of strings", texts).unwrap_or_default()
    }

    /// A map of texts; empty where it is left out.
    pub fn text_map(&mut self, name: &str) -> BTreeMap<String, String> {
        self.read(name, "a map of strings", text_map).unwrap_or_default()
    }

    /// A list of maps of texts; empty where it is left out.
    pub fn text_maps(&mut self, name: &str) -> Vec<BTreeMap<String, String>> {
        let maps = |value: &Value| value.as_elements()?.iter().map(text_map).collect::<Option<Vec<_>>>();
        self.read(name, "a list of maps of strings", maps).unwrap_or_default()
    }

    /// A map of texts in which null takes something away; empty where it is left out.
    pub fn changes(&mut self, name: &str) -> BTreeMap<String, Option<String>> {
        let map = |value: &Value| {
            let entries = value.as_entries()?.iter();
            let change = |item: &Value| if item.is_null() { Some(None) } else { Some(Some(item.as_str()?.to_owned())) };
            entries.map(|(key, item)| Some((key.clone(), change(item)?))).collect::<Option<BTreeMap<_, _>>>()
        };
        self.read(name, "a map of strings", map).unwrap_or_default()
    }

    /// A map of any values; empty where it is left out.
    pub fn values(&mut self, name: &str) -> BTreeMap<String, Value> {
        self.read(name, "a map", |value| value.as_entries().cloned()).unwrap_or_default()
    }

    /// The place of an argument's value.
    pub fn place(&self, name: &str) -> Span {
        self.body.attributes.get(name).map_or(self.span, |attribute| attribute.value_span)
    }

    /// Reports a value of an argument that does not fit.
    pub fn refuse(&mut self, name: &str, detail: String) {
        let span = self.place(name);
        self.diagnostics.push(Diagnostic::error("Invalid argument value", detail).at(span));
    }

    fn read<T>(&mut self, name: &str, wanted: &str, convert: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let attribute = self.body.attributes.get(name)?;
        if !attribute.value.is_wholly_known() {
            return None;
        }
        let value = convert(&attribute.value);
        if value.is_none() {
            let detail = format!("The argument \"{name}\" must be {wanted}.");
            self.diagnostics.push(Diagnostic::error("Incorrect value for argument", detail).at(attribute.value_span));
        }
        value
    }
}

fn text_map(value: &Value) -> Option<BTreeMap<String, String>> {
    value.as_entries()?.iter().map(|(key, item)| Some((key.clone(), item.as_str()?.to_owned()))).collect()
}

/// The single label of a block.
pub(super) fn label(block: &Block, what: &str, diagnostics: &mut Diagnostics) -> Option<String> {
    if let [(label, _)] = block.labels.as_slice() {
        return Some(label.clone());
    }
    let detail = format!("A \"{}\" block must have one label: {what}.", block.kind);
    diagnostics.push(Diagnostic::error("Wrong number of labels", detail).at(block.span));
    None
}
