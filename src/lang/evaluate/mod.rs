//! Evaluates expressions. Errors are collected; an unknown value stands for what failed, so evaluation goes on.
//!
//! Here: names, literals, collections, `for`, templates, calls. `operators` has operators and conditionals,
//! `traverse` steps on values (attributes, indexes, splats).

mod operators;
mod traverse;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::Content;
use super::Reader;
use super::Scope;
use super::Type;
use super::Value;
use super::budget::Budget;
use super::functions;
use super::syntax::Call;
use super::syntax::Expression;
use super::syntax::For;
use super::syntax::Form;
use super::syntax::Name;
use super::syntax::ObjectKey;
use super::syntax::Part;
use super::syntax::Step;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;
use crate::object::Address;

/// Text made by templates and functions is bounded: a few nested repetitions would fill the memory.
pub(crate) const MAX_TEXT: usize = 64 << 20;
/// What a value may weigh (see [`Value::weight`]): whoever looks at all of it must come to an end.
pub(crate) const MAX_WEIGHT: usize = 2_000_000;
/// What a pass of a loop costs beside what is done in it: names are bound.
const PASS: usize = 4;
/// Of what is only looked at, so many values are a step.
const LOOKED_AT: usize = 16;

/// Evaluates expressions in one scope.
pub(crate) struct Evaluator<'a> {
    scope: &'a Scope,
    pub(crate) reader: &'a dyn Reader,
    /// Names of `for`, `each`, `count` and the like; the innermost last.
    bound: Vec<(String, Value)>,
    /// Inside a `templatefile`.
    pub(crate) in_template: bool,
    pub(crate) diagnostics: Diagnostics,
    /// Addresses of the resources that evaluation came across.
    pub(crate) touched: BTreeSet<Address>,
    /// What may still be done.
    budget: Arc<Budget>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(scope: &'a Scope, reader: &'a dyn Reader) -> Self {
        Self {
            scope,
            reader,
            bound: Vec::new(),
            in_template: false,
            diagnostics: Diagnostics::new(),
            touched: BTreeSet::new(),
            budget: scope.budget.clone(),
        }
    }

    /// With a budget of its own, as for a line that somebody types.
    pub(crate) fn on_its_own(mut self) -> Self {
        self.budget = Arc::default();
        self
    }

    /// Adds a name that hides those of the scope.
    pub(crate) fn bind(&mut self, name: &str, value: Value) {
        self.bound.push((name.to_string(), value));
    }

    pub(crate) fn unbind(&mut self) {
        self.bound.pop();
    }

    /// What evaluation may still do.
    pub(crate) fn budget(&self) -> Arc<Budget> {
        self.budget.clone()
    }

    /// The value of an expression; an unknown one after an error, and where all work that is allowed is done.
    pub(crate) fn evaluate(&mut self, expression: &Expression) -> Value {
        if !self.budget.spend(1) {
            return self.exhausted(expression.span);
        }
        let value = self.value_of(expression);
        // What is new takes memory; a name only shares what is there.
        let is_new = !matches!(expression.form, Form::Literal(_) | Form::Variable(_) | Form::Traversal(..));
        let children = value.as_elements().map_or_else(|| value.as_entries().map_or(0, BTreeMap::len), <[Value]>::len);
        let text = value.as_str().map_or(0, str::len);
        let budget = &self.budget;
        if is_new && !(budget.spend_elements(children) && budget.spend_text(text)) {
            return self.exhausted(expression.span);
        }
        if is_new && value.weight() > MAX_WEIGHT { self.too_large(expression.span) } else { value }
    }

    /// Everything that is allowed is done: told once, and the rest is left out.
    pub(crate) fn exhausted(&mut self, span: Span) -> Value {
        if self.budget.tell() {
            let detail = "Evaluating the configuration takes more than 30 million steps, and was stopped here.";
            let found = Diagnostic::error("Too much to evaluate", detail).at(span);
            self.diagnostics.push(found.help("Look for repetitions within repetitions: each multiplies the others."));
        }
        Value::unknown(Type::Any)
    }

    /// Counts work on so many values that are only looked at; whether it is allowed.
    pub(crate) fn look_at(&mut self, weight: usize) -> bool {
        self.budget.spend(weight / LOOKED_AT)
    }

    fn too_large(&mut self, span: Span) -> Value {
        let detail = "Written out it holds more than 2 million values, or 256 MB of text.";
        self.error(span, "Value too large", detail)
    }

    fn value_of(&mut self, expression: &Expression) -> Value {
        match &expression.form {
            Form::Literal(value) => value.clone(),
            Form::Broken => Value::unknown(Type::Any),
            Form::Template(parts) => self.template(parts),
            Form::Tuple(elements) => Value::tuple(elements.iter().map(|e| self.evaluate(e)).collect()),
            Form::Object(entries) => self.object(entries),
            Form::For(body) => self.for_expression(body),
            Form::Variable(name) => self.reference(name, expression.span, &[]),
            Form::Traversal(base, steps) => match &base.form {
                Form::Variable(name) => self.reference(name, base.span, steps),
                _ => {
                    let value = self.evaluate(base);
                    self.steps(value, steps)
                }
            },
            Form::Call(call) => self.call(call, expression.span),
            Form::Parentheses(inner) => self.evaluate(inner),
            Form::Unary(signs, operand) => self.unary(signs, operand),
            Form::Binary(first, rest) => self.binary(first, rest),
            Form::Conditional(arms, last) => self.conditional(arms, last),
        }
    }

    /// Evaluates with findings kept apart: the value and whether there were none.
    pub(crate) fn attempt(&mut self, expression: &Expression) -> (Value, Diagnostics) {
        let before = std::mem::take(&mut self.diagnostics);
        let value = self.evaluate(expression);
        let mut found = std::mem::replace(&mut self.diagnostics, before);
        // That evaluation has ended is nobody's to try and forget.
        if self.budget.is_spent() {
            self.diagnostics.extend(std::mem::take(&mut found));
        }
        (value, found)
    }

    pub(crate) fn error(&mut self, span: Span, summary: &str, detail: impl Into<String>) -> Value {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
        Value::unknown(Type::Any)
    }

    fn reference(&mut self, name: &str, span: Span, steps: &[Step]) -> Value {
        if let Some((_, value)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            let value = value.clone();
            return self.steps(value, steps);
        }
        if let Some(value) = self.scope.names.get(name) {
            let value = value.clone();
            return self.steps(value, steps);
        }
        if let Some(group) = self.scope.groups.get(name) {
            let Some(Step::Attribute(member)) = steps.first() else {
                if self.scope.checked {
                    return Value::unknown(Type::Any);
                }
                let detail = format!("\"{name}\" must be followed by a dot and a name.");
                return self.error(span, "Invalid reference", detail);
            };
            if let Some(value) = group.get(&member.text) {
                let value = value.clone();
                if let Some(derived) = self.scope.derived.get(&(name.to_string(), member.text.clone())) {
                    self.touched.extend(derived.iter().cloned());
                }
                let result = self.steps(value, &steps[1..]);
                // All instances of a resource at once; of other names that is known from what they were made.
                if result.resource_address().is_none() && !matches!(name, "var" | "local" | "module" | "path") {
                    self.touched.extend(result.children().filter_map(|v| v.resource_address().cloned()));
                }
                return result;
            }
            if self.scope.checked {
                return Value::unknown(Type::Any);
            }
            let help = nearest(&member.text, group.keys().map(String::as_str))
                .map(|near| format!("Did you mean \"{name}.{near}\"?"));
            let detail = format!("There is no \"{name}.{}\".", member.text);
            let found = Diagnostic::error("Reference to undeclared name", detail).at(span.to(member.span));
            self.diagnostics.push(found.help_option(help));
            return Value::unknown(Type::Any);
        }
        if self.scope.checked {
            return Value::unknown(Type::Any);
        }
        let root = matches!(name, "var" | "local" | "module" | "path" | "each" | "count");
        if root && !self.in_template && self.scope.all().next().is_none() {
            let detail = "The value here must be written out; it cannot refer to anything.";
            return self.error(span, "References not allowed", detail);
        }
        let known = self.scope.all().chain(self.bound.iter().map(|(name, _)| name.as_str()));
        let help = nearest(name, known).map(|near| format!("Did you mean \"{near}\"?"));
        let found = Diagnostic::error("Unknown name", format!("There is no \"{name}\" here.")).at(span).help_option(
            help.or_else(|| {
                let refers = matches!(name, "var" | "local" | "module" | "each" | "count" | "path" | "self");
                Some(match refers {
                    true => "Only fixed values and functions can stand here: references are not known yet.".to_string(),
                    false => format!("Text stands in quotes: \"{name}\"."),
                })
            }),
        );
        self.diagnostics.push(found);
        Value::unknown(Type::Any)
    }

    fn object(&mut self, entries: &[(ObjectKey, Expression)]) -> Value {
        let mut attributes = BTreeMap::new();
        let mut unknown_key = false;
        let mut sensitive = false;
        for (key, value) in entries {
            let name = match key {
                ObjectKey::Name(name) => Some(name.text.clone()),
                ObjectKey::Ambiguous(span) => {
                    let detail = "A reference as a key must stand in parentheses; text that holds dots in quotes.";
                    self.error(*span, "Ambiguous attribute key", detail);
                    None
                }
                ObjectKey::Expression(expression) => {
                    let key = self.evaluate(expression);
                    sensitive |= key.contains_sensitive();
                    let (name, unknown) = self.key_text(&key, expression.span);
                    unknown_key |= unknown;
                    name
                }
            };
            let value = self.evaluate(value);
            match name {
                Some(name) => {
                    attributes.insert(name, value);
                }
                None => unknown_key = true,
            }
        }
        if unknown_key {
            return Value::unknown(Type::Any).with_sensitivity(sensitive);
        }
        Value::new(Content::Object(Arc::new(attributes))).with_sensitivity(sensitive)
    }

    /// A key as text; the second part tells that it is unknown.
    fn key_text(&mut self, key: &Value, span: Span) -> (Option<String>, bool) {
        if key.is_unknown() {
            return (None, true);
        }
        if key.is_null() {
            self.error(span, "Null value as key", "A key must not be null.");
            return (None, false);
        }
        match key.convert(&Type::String) {
            Ok(text) => (text.as_str().map(str::to_string), false),
            Err(_) => {
                let detail = format!("A key must be text, not {}.", key.kind().friendly());
                self.error(span, "Incorrect key type", detail);
                (None, false)
            }
        }
    }

    /// Keys and elements of a collection to go through; None for unknown ones and after an error.
    fn entries_of(&mut self, collection: &Value, span: Span) -> Option<Vec<(Value, Value)>> {
        match collection.content() {
            Content::List(_, elements) | Content::Tuple(elements) => {
                Some(elements.iter().enumerate().map(|(at, e)| (Value::number(at), e.clone())).collect())
            }
            Content::Set(_, elements) => Some(elements.iter().map(|e| (e.clone(), e.clone())).collect()),
            Content::Map(_, entries) | Content::Object(entries) => {
                Some(entries.iter().map(|(k, v)| (Value::string(k.as_str()), v.clone())).collect())
            }
            Content::Unknown(Type::Bool | Type::Number | Type::String)
            | Content::Bool(_)
            | Content::Number(_)
            | Content::String(_) => {
                let detail = format!("A list, set, map or object is needed, not {}.", collection.kind().friendly());
                self.error(span, "Iteration over non-iterable value", detail);
                None
            }
            Content::Unknown(_) => None,
            Content::Null(_) => {
                self.error(span, "Iteration over null value", "A null value has no elements to go through.");
                None
            }
        }
    }

    fn for_expression(&mut self, body: &For) -> Value {
        let collection = self.evaluate(&body.collection);
        let mut sensitive = collection.is_sensitive();
        let Some(entries) = self.entries_of(&collection, body.collection.span) else {
            return Value::unknown(Type::Any).with_sensitivity(sensitive);
        };
        if entries.is_empty() && !self.is_fit_without_elements(body) {
            return Value::unknown(Type::Any).with_sensitivity(sensitive);
        }
        let mut list = Vec::new();
        let mut object: BTreeMap<String, Value> = BTreeMap::new();
        let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut unknown = false;
        let mut weight = 0_usize;
        for (key, value) in entries {
            if !self.budget.spend(PASS) {
                return self.exhausted(body.result.span);
            }
            if weight > MAX_WEIGHT {
                return self.too_large(body.result.span);
            }
            let depth = self.bound.len();
            let failed_before = self.diagnostics.len();
            if let Some(name) = &body.key {
                self.bind(&name.text, key);
            }
            self.bind(&body.value.text, value);
            let wanted = match &body.condition {
                None => true,
                Some(condition) => {
                    let test = self.evaluate(condition);
                    sensitive |= test.contains_sensitive();
                    unknown |= test.is_unknown();
                    self.truth(&test, condition.span, "Invalid 'for' condition").unwrap_or(false)
                }
            };
            if wanted {
                match &body.result_key {
                    None => {
                        let value = self.evaluate(&body.result);
                        weight = weight.saturating_add(value.weight());
                        list.push(value);
                    }
                    Some(result_key) => {
                        let key = self.evaluate(result_key);
                        sensitive |= key.contains_sensitive();
                        let (name, unknown_key) = self.key_text(&key, result_key.span);
                        unknown |= unknown_key;
                        let value = self.evaluate(&body.result);
                        weight = weight.saturating_add(value.weight());
                        if let Some(name) = name {
                            if body.grouped {
                                groups.entry(name).or_default().push(value);
                            } else if let Some(name) = insert_new(&mut object, name, value) {
                                let shown = if key.contains_sensitive() {
                                    "Two elements give the same key (which is sensitive)".to_string()
                                } else {
                                    format!("Two elements give the key {name:?}")
                                };
                                let detail = format!("{shown}. If that is intended, collect them with \"...\".");
                                self.error(result_key.span, "Duplicate object key", detail);
                            }
                        }
                    }
                }
            }
            self.bound.truncate(depth);
            // One element's error tells enough; the others would repeat it.
            if self.diagnostics.len() > failed_before {
                return Value::unknown(Type::Any).with_sensitivity(sensitive);
            }
        }
        if unknown {
            return Value::unknown(Type::Any).with_sensitivity(sensitive);
        }
        let result = match (&body.result_key, body.grouped) {
            (None, _) => Value::tuple(list),
            (Some(_), false) => Value::object(object),
            (Some(_), true) => Value::object(groups.into_iter().map(|(name, list)| (name, Value::tuple(list)))),
        };
        result.with_sensitivity(sensitive)
    }

    /// Whether a condition that no element tries is one.
    fn is_fit_without_elements(&mut self, body: &For) -> bool {
        let Some(condition) = &body.condition else { return true };
        let (depth, failed_before) = (self.bound.len(), self.diagnostics.len());
        for name in body.key.iter().chain([&body.value]) {
            self.bind(&name.text, Value::unknown(Type::Any));
        }
        let test = self.evaluate(condition);
        self.truth(&test, condition.span, "Invalid 'for' condition");
        self.bound.truncate(depth);
        self.diagnostics.len() == failed_before
    }

    /// A template's value: that of its only interpolation unchanged, or text.
    pub(crate) fn template(&mut self, parts: &[Part]) -> Value {
        if let [Part::Interpolation(only)] = parts {
            return self.evaluate(only);
        }
        let mut text = TemplateText::default();
        self.parts(parts, &mut text);
        if text.unknown {
            Value::unknown_text(text.known_prefix()).with_sensitivity(text.sensitive)
        } else {
            Value::string(text.text.nfc().collect::<String>()).with_sensitivity(text.sensitive)
        }
    }

    fn parts(&mut self, parts: &[Part], text: &mut TemplateText) {
        for part in parts {
            match part {
                Part::Text(literal) => text.text.push_str(literal),
                Part::Interpolation(expression) => {
                    let value = self.evaluate(expression);
                    self.append(&value, expression.span, text);
                }
                Part::If(test, then, otherwise) => {
                    let value = self.evaluate(test);
                    text.sensitive |= value.contains_sensitive();
                    match self.truth(&value, test.span, "Invalid template condition") {
                        Some(true) => {
                            text.sensitive |= self.is_left_out_sensitive(otherwise);
                            self.parts(then, text);
                        }
                        Some(false) => {
                            text.sensitive |= self.is_left_out_sensitive(then);
                            self.parts(otherwise, text);
                        }
                        None => text.lose(""),
                    }
                }
                Part::For { key, value, collection, body } => self.template_for((key, value), collection, body, text),
            }
            if text.text.len() > MAX_TEXT {
                text.lose("");
                text.text.clear();
                let span = part_span(part);
                self.diagnostics.push(
                    Diagnostic::error("Text too long", "The template makes more than 64 MiB of text.").at_option(span),
                );
                return;
            }
        }
    }

    /// As of a conditional: which of the two it is may tell about the other one.
    fn is_left_out_sensitive(&mut self, parts: &[Part]) -> bool {
        if matches!(parts, [] | [Part::Text(_)]) {
            return false;
        }
        let before = std::mem::take(&mut self.diagnostics);
        let mut left_out = TemplateText::default();
        self.parts(parts, &mut left_out);
        let found = std::mem::replace(&mut self.diagnostics, before);
        if self.budget.is_spent() {
            self.diagnostics.extend(found);
        }
        left_out.sensitive
    }

    fn template_for(
        &mut self,
        (key, value): (&Option<Name>, &Name),
        collection: &Expression,
        body: &[Part],
        text: &mut TemplateText,
    ) {
        let source = self.evaluate(collection);
        text.sensitive |= source.is_sensitive();
        let Some(entries) = self.entries_of(&source, collection.span) else {
            text.lose("");
            return;
        };
        for (k, v) in entries {
            if !self.budget.spend(PASS) {
                let _unknown = self.exhausted(collection.span);
                text.lose("");
                return;
            }
            let depth = self.bound.len();
            let failed_before = self.diagnostics.len();
            if let Some(name) = key {
                self.bind(&name.text, k);
            }
            self.bind(&value.text, v);
            self.parts(body, text);
            self.bound.truncate(depth);
            if self.diagnostics.len() > failed_before {
                return;
            }
        }
    }

    fn append(&mut self, value: &Value, span: Span, text: &mut TemplateText) {
        text.sensitive |= value.contains_sensitive();
        match value.content() {
            Content::Null(_) => {
                let detail = "The expression is null; a null value cannot be part of a text.";
                self.error(span, "Invalid template interpolation value", detail);
                text.lose("");
            }
            Content::Unknown(Type::Any | Type::Bool | Type::Number | Type::String) => {
                text.lose(value.known_prefix().unwrap_or_default());
            }
            _ => match value.convert(&Type::String) {
                Ok(converted) => text.text.push_str(converted.as_str().unwrap_or("")),
                Err(_) => {
                    let kind = value.kind().friendly();
                    let detail = format!("Only text, numbers and bools can be part of a text; this is {kind}.");
                    self.error(span, "Invalid template interpolation value", detail);
                    text.lose("");
                }
            },
        }
    }

    fn call(&mut self, call: &Call, span: Span) -> Value {
        functions::call(self, call, span)
    }
}

/// Adds an entry; gives the name back when there already is one.
fn insert_new(object: &mut BTreeMap<String, Value>, name: String, value: Value) -> Option<String> {
    match object.entry(name) {
        std::collections::btree_map::Entry::Vacant(place) => {
            place.insert(value);
            None
        }
        std::collections::btree_map::Entry::Occupied(place) => Some(place.key().clone()),
    }
}

fn part_span(part: &Part) -> Option<Span> {
    match part {
        Part::Text(_) => None,
        Part::Interpolation(expression) => Some(expression.span),
        Part::If(test, ..) => Some(test.span),
        Part::For { value, .. } => Some(value.span),
    }
}

#[derive(Default)]
struct TemplateText {
    text: String,
    unknown: bool,
    sensitive: bool,
    /// What stands before the first unknown part.
    prefix: String,
}

impl TemplateText {
    /// An unknown part comes, of which only its beginning is known.
    fn lose(&mut self, beginning: &str) {
        if !self.unknown {
            self.prefix = std::mem::take(&mut self.text) + beginning;
        }
        self.unknown = true;
    }

    /// The beginning that no following character can change: the last one may still combine with what follows, but
    /// for punctuation and blanks.
    fn known_prefix(&self) -> &str {
        use unicode_segmentation::UnicodeSegmentation;
        match self.prefix.grapheme_indices(true).next_back() {
            Some((_, last)) if last.chars().all(|c| c.is_ascii_punctuation() || c == ' ') => &self.prefix,
            Some((at, _)) => &self.prefix[..at],
            None => "",
        }
    }
}
