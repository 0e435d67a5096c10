//! Reads the arguments and nested blocks of one evaluated body, with the type each should have, and collects what is wrong.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;
use crate::lang::Attribute;
use crate::lang::Block;
use crate::lang::Body;
use crate::lang::Content;
use crate::lang::Value;
use crate::object::Address;

/// A decoded value with its place.
#[derive(Clone, Debug)]
pub struct Found<T> {
    pub value: T,
    pub span: Span,
}

/// Something named by a reference or by its own name.
#[derive(Clone, Debug)]
pub enum Named {
    Block(Address),
    Text(String),
}

/// Reads one body. Each argument asked for counts as known; [`Decoder::finish`] reports the others.
pub struct Decoder<'a> {
    body: &'a Body,
    /// What the body belongs to, as people say it: `platform`, `admin`.
    what: &'a str,
    /// The resource, for the heading of findings.
    address: Option<&'a Address>,
    span: Span,
    known: BTreeSet<&'static str>,
    known_blocks: BTreeSet<&'static str>,
    pub diagnostics: &'a mut Diagnostics,
}

impl<'a> Decoder<'a> {
    /// `span` is where a missing argument is reported: the block's first line.
    pub fn new(
        what: &'a str,
        address: Option<&'a Address>,
        body: &'a Body,
        span: Span,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self { body, what, address, span, known: BTreeSet::new(), known_blocks: BTreeSet::new(), diagnostics }
    }

    /// Where the block stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The place of an argument, or of the block where it is not given.
    pub fn place(&self, name: &str) -> Span {
        self.body.attributes.get(name).map_or(self.span, |attribute| attribute.value_span)
    }

    pub fn is_set(&mut self, name: &'static str) -> bool {
        self.known.insert(name);
        self.body.attributes.contains_key(name)
    }

    /// A text; numbers and booleans become text as in Terraform.
    pub fn text(&mut self, name: &'static str) -> Option<Found<String>> {
        let attribute = self.attribute(name)?;
        match text_of(&attribute.value) {
            Some(value) => Some(Found { value, span: attribute.value_span }),
            None => self.wrong_type(name, attribute, "a string"),
        }
    }

    /// A text that must be given.
    pub fn required_text(&mut self, name: &'static str) -> Option<Found<String>> {
        self.require(name);
        self.text(name)
    }

    /// A text that must satisfy a rule of `rules`. A sensitive value is not repeated in the finding.
    pub fn checked_text(
        &mut self,
        name: &'static str,
        summary: &str,
        rule: impl Fn(&str) -> Result<(), String>,
    ) -> Option<Found<String>> {
        let sensitive = self.body.value(name).is_some_and(Value::contains_sensitive);
        self.text_by_rule(name, summary, rule, sensitive)
    }

    /// As [`Self::checked_text`] for what is secret by its nature: never repeated, marked or not.
    pub fn secret_text(
        &mut self,
        name: &'static str,
        summary: &str,
        rule: impl Fn(&str) -> Result<(), String>,
    ) -> Option<Found<String>> {
        self.text_by_rule(name, summary, rule, true)
    }

    fn text_by_rule(
        &mut self,
        name: &'static str,
        summary: &str,
        rule: impl Fn(&str) -> Result<(), String>,
        sensitive: bool,
    ) -> Option<Found<String>> {
        let found = self.text(name)?;
        match rule(&found.value) {
            Ok(()) => Some(found),
            Err(reason) => {
                let shown = if sensitive { "The value".to_owned() } else { format!("\"{}\"", found.value) };
                let finding = Diagnostic::error(summary, format!("{shown} is not valid: {reason}.")).at(found.span);
                self.push(if sensitive { finding.hidden() } else { finding });
                None
            }
        }
    }

    /// One of a few words.
    pub fn choice(&mut self, name: &'static str, choices: &[&'static str]) -> Option<Found<&'static str>> {
        let found = self.text(name)?;
        if let Some(choice) = choices.iter().find(|choice| **choice == found.value) {
            return Some(Found { value: choice, span: found.span });
        }
        let help = match nearest(&found.value, choices.iter().copied()) {
            Some(near) => format!("Did you mean \"{near}\"? The choices are {}.", list(choices)),
            None => format!("The choices are {}.", list(choices)),
        };
        let detail = format!("\"{}\" is no choice for \"{name}\" of {}.", found.value, self.what);
        self.push(Diagnostic::error("Unknown choice", detail).at(found.span).help(help));
        None
    }

    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let attribute = self.attribute(name)?;
        let value = attribute.value.as_bool().or(match attribute.value.as_str() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        });
        match value {
            Some(value) => Some(value),
            None => self.wrong_type(name, attribute, "true or false"),
        }
    }

    /// A whole number within a range.
    pub fn whole(&mut self, name: &'static str, range: std::ops::RangeInclusive<i64>) -> Option<Found<i64>> {
        let attribute = self.attribute(name)?;
        let value = attribute.value.as_i64().or_else(|| attribute.value.as_str()?.parse().ok());
        match value {
            Some(value) if range.contains(&value) => Some(Found { value, span: attribute.value_span }),
            Some(value) => {
                let detail =
                    format!("\"{name}\" is {value}; it must lie between {} and {}.", range.start(), range.end());
                self.error("Number out of range", detail, attribute.value_span);
                None
            }
            None => self.wrong_type(name, attribute, "a whole number"),
        }
    }

    /// A list of texts; empty where it is not given.
    pub fn texts(&mut self, name: &'static str) -> Vec<Found<String>> {
        let Some(attribute) = self.attribute(name) else { return Vec::new() };
        let elements = attribute.value.as_elements().map(|items| items.iter().map(text_of).collect::<Option<Vec<_>>>());
        match elements.flatten() {
            Some(texts) => texts.into_iter().map(|value| Found { value, span: attribute.value_span }).collect(),
            None => self.wrong_type(name, attribute, "a list of strings").unwrap_or_default(),
        }
    }

    /// A map of texts; empty where it is not given.
    pub fn text_map(&mut self, name: &'static str) -> BTreeMap<String, String> {
        let Some(attribute) = self.attribute(name) else { return BTreeMap::new() };
        let entries = attribute.value.as_entries().map(|entries| {
            entries.iter().map(|(key, value)| Some((key.clone(), text_of(value)?))).collect::<Option<BTreeMap<_, _>>>()
        });
        match entries.flatten() {
            Some(map) => map,
            None => self.wrong_type(name, attribute, "a map of strings").unwrap_or_default(),
        }
    }

    /// Objects of a list, each as its entries; empty where it is not given.
    pub fn objects(&mut self, name: &'static str) -> Vec<Found<BTreeMap<String, Value>>> {
        let Some(attribute) = self.attribute(name) else { return Vec::new() };
        let elements = attribute
            .value
            .as_elements()
            .map(|items| items.iter().map(|item| item.as_entries().cloned()).collect::<Option<Vec<_>>>());
        match elements.flatten() {
            Some(maps) => maps.into_iter().map(|value| Found { value, span: attribute.value_span }).collect(),
            None => self.wrong_type(name, attribute, "a list of objects").unwrap_or_default(),
        }
    }

    /// Any values by name, as JSON; empty where it is not given.
    pub fn json_map(&mut self, name: &'static str) -> BTreeMap<String, serde_json::Value> {
        let Some(attribute) = self.attribute(name) else { return BTreeMap::new() };
        let entries = attribute.value.as_entries().map(|entries| {
            entries
                .iter()
                .map(|(key, value)| value.is_wholly_known().then(|| (key.clone(), value.to_json())))
                .collect::<Option<BTreeMap<_, _>>>()
        });
        match entries.flatten() {
            Some(map) => map,
            None => self.wrong_type(name, attribute, "a map").unwrap_or_default(),
        }
    }

    /// A reference to a resource of one kind: its address. A text is refused with the way to write it.
    pub fn reference(&mut self, name: &'static str, kind: &str) -> Option<Found<Address>> {
        let attribute = self.attribute_even_unknown(name)?;
        if let Some(address) = attribute.value.resource_address() {
            if address.kind() == kind {
                return Some(Found { value: address.clone(), span: attribute.value_span });
            }
            let detail = format!("\"{name}\" of {} must name a {kind}; {address} is a {}.", self.what, address.kind());
            self.error("Wrong kind of reference", detail, attribute.value_span);
            return None;
        }
        let detail = format!("\"{name}\" of {} must name a {kind} block.", self.what);
        let help = format!("Write it without quotes, as {name} = {kind}.NAME.");
        self.push(Diagnostic::error("Not a reference", detail).at(attribute.value_span).help(help));
        None
    }

    /// A reference that must be given.
    pub fn required_reference(&mut self, name: &'static str, kind: &str) -> Option<Found<Address>> {
        self.require(name);
        self.reference(name, kind)
    }

    /// The address of a resource value, or a plain text: for arguments that take both.
    pub fn reference_or_text(&mut self, name: &'static str) -> Option<Found<Named>> {
        let attribute = self.attribute_even_unknown(name)?;
        if let Some(address) = attribute.value.resource_address() {
            return Some(Found { value: Named::Block(address.clone()), span: attribute.value_span });
        }
        self.text(name).map(|found| Found { value: Named::Text(found.value), span: found.span })
    }

    /// The one nested block of a type, or none. A second one is an error.
    pub fn block(&mut self, kind: &'static str) -> Option<&'a Block> {
        self.known_blocks.insert(kind);
        let mut blocks = self.body.blocks.iter().filter(|block| block.kind == kind);
        let first = blocks.next();
        for second in blocks {
            let detail = format!("{} takes one \"{kind}\" block.", self.what);
            let mut finding = Diagnostic::error("Repeated block", detail).at(second.span);
            if let Some(first) = first {
                finding = finding.related(first.span, "the first one");
            }
            self.push(finding);
        }
        first
    }

    /// All nested blocks of a type, in order.
    pub fn blocks(&mut self, kind: &'static str) -> Vec<&'a Block> {
        self.known_blocks.insert(kind);
        self.body.blocks.iter().filter(|block| block.kind == kind).collect()
    }

    /// Reports a missing argument.
    pub fn require(&mut self, name: &'static str) {
        if !self.is_set(name) {
            let detail = format!("{} needs the argument \"{name}\".", self.what);
            self.push(Diagnostic::error("Missing argument", detail).at(self.span).help(format!("Add {name} = …")));
        }
    }

    /// Reports two arguments of which only one may be set.
    pub fn exclusive(&mut self, one: &'static str, other: &'static str) {
        if self.is_set(one) && self.is_set(other) {
            let detail = format!("{} takes \"{one}\" or \"{other}\", not both.", self.what);
            let finding = Diagnostic::error("Conflicting arguments", detail)
                .at(self.place(other))
                .related(self.place(one), "set here too");
            self.push(finding);
        }
    }

    pub fn error(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.push(Diagnostic::error(summary, detail).at(span));
    }

    pub fn push(&mut self, finding: Diagnostic) {
        self.diagnostics.push(match self.address {
            Some(address) => finding.about(address),
            None => finding,
        });
    }

    /// Reports arguments and blocks that nobody asked for.
    pub fn finish(mut self) {
        for (name, attribute) in &self.body.attributes {
            if self.known.contains(name.as_str()) {
                continue;
            }
            let detail = format!("{} has no argument \"{name}\".", self.what);
            let help = if self.known_blocks.contains(name.as_str()) {
                Some(format!("\"{name}\" is a block: write {name} {{ … }} without the equals sign."))
            } else {
                nearest(name, self.known.iter().copied()).map(|near| format!("Did you mean \"{near}\"?"))
            };
            self.push(Diagnostic::error("Unknown argument", detail).at(attribute.name_span).help_option(help));
        }
        for block in &self.body.blocks {
            if self.known_blocks.contains(block.kind.as_str()) {
                continue;
            }
            let detail = format!("{} has no block \"{}\".", self.what, block.kind);
            let help = if self.known.contains(block.kind.as_str()) {
                Some(format!("\"{}\" is an argument: write {} = …", block.kind, block.kind))
            } else {
                nearest(&block.kind, self.known_blocks.iter().copied()).map(|near| format!("Did you mean \"{near}\"?"))
            };
            self.push(Diagnostic::error("Unknown block", detail).at(block.kind_span).help_option(help));
        }
    }

    fn attribute(&mut self, name: &'static str) -> Option<&'a Attribute> {
        let attribute = self.attribute_even_unknown(name)?;
        if attribute.value.is_wholly_known() {
            return Some(attribute);
        }
        let detail = format!("\"{name}\" of {} depends on a value that is known only after apply.", self.what);
        let help = "Give it a value that the configuration itself knows.";
        self.push(Diagnostic::error("Value not known yet", detail).at(attribute.value_span).help(help));
        None
    }

    fn attribute_even_unknown(&mut self, name: &'static str) -> Option<&'a Attribute> {
        self.known.insert(name);
        self.body.attributes.get(name)
    }

    fn wrong_type<T>(&mut self, name: &str, attribute: &Attribute, wanted: &str) -> Option<T> {
        let given = attribute.value.kind().friendly();
        let detail = format!("\"{name}\" of {} must be {wanted}; this is {given}.", self.what);
        self.error("Wrong type", detail, attribute.value_span);
        None
    }
}

/// Reports the labels of a block that takes none, or that lacks its one.
pub fn one_label<'a>(block: &'a Block, what: &str, diagnostics: &mut Diagnostics) -> Option<&'a (String, Span)> {
    if block.labels.len() != 1 {
        let detail = format!("A \"{}\" block takes one label: {what}.", block.kind);
        diagnostics.push(Diagnostic::error("Wrong labels", detail).at(block.span));
    }
    block.labels.first()
}

fn text_of(value: &Value) -> Option<String> {
    match value.content() {
        Content::String(text) => Some(text.to_string()),
        Content::Number(number) => Some(number.to_string()),
        Content::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn list(choices: &[&str]) -> String {
    choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(", ")
}
