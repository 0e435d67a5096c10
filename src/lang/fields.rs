//! Takes known arguments and blocks from a body; what is left is reported as unknown.

use std::sync::Arc;

use indexmap::IndexMap;

use super::declaration::Condition;
use super::declaration::Repetition;
use super::syntax::Expression;
use super::syntax::Form;
use super::syntax::Name;
use super::syntax::SyntaxBlock;
use super::syntax::SyntaxBody;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::Span;
use crate::diag::nearest;

/// The arguments and blocks of a body, taken one by one; what is left at the end is unknown.
pub(super) struct Fields<'a> {
    body: SyntaxBody,
    owner: String,
    known: Vec<&'static str>,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl<'a> Fields<'a> {
    pub(super) fn new(body: SyntaxBody, owner: &str, diagnostics: &'a mut Diagnostics) -> Self {
        Self { body, owner: owner.to_string(), known: Vec::new(), diagnostics }
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<Arc<Expression>> {
        self.known.push(name);
        let at = self.body.attributes.iter().position(|attribute| attribute.name.text == name)?;
        Some(self.body.attributes.remove(at).value)
    }

    /// Where the value of an argument stands.
    pub(super) fn place(&self, name: &str) -> Option<Span> {
        self.body.attributes.iter().find(|attribute| attribute.name.text == name).map(|attribute| attribute.value.span)
    }

    pub(super) fn required(&mut self, name: &'static str, span: Span) -> Option<Arc<Expression>> {
        let value = self.take(name);
        if value.is_none() {
            let detail = format!("{} needs the argument \"{name}\".", self.owner);
            let help = format!("Add {name} = …");
            self.diagnostics.push(Diagnostic::error("Missing argument", detail).at(span).help(help));
        }
        value
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        if let Form::Literal(literal) = &value.form
            && let Some(flag) = literal.as_bool()
        {
            return Some(flag);
        }
        let detail = format!("\"{name}\" of {} must be true or false, written out.", self.owner);
        self.diagnostics.push(Diagnostic::error("Wrong type", detail).at(value.span));
        None
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        if let Some(text) = value.as_text() {
            return Some(text.to_string());
        }
        let detail = format!("\"{name}\" of {} must be plain text in quotes.", self.owner);
        self.diagnostics.push(Diagnostic::error("Wrong type", detail).at(value.span));
        None
    }

    pub(super) fn list(&mut self, name: &'static str) -> Vec<Expression> {
        let Some(value) = self.take(name) else { return Vec::new() };
        if let Form::Tuple(elements) = &value.form {
            return elements.clone();
        }
        let detail = format!("\"{name}\" of {} must be a list in brackets.", self.owner);
        self.diagnostics.push(Diagnostic::error("Wrong type", detail).at(value.span));
        Vec::new()
    }

    pub(super) fn repetition(&mut self) -> Option<Repetition> {
        let for_each = self.take("for_each");
        let count = self.take("count");
        if let (Some(_), Some(count)) = (&for_each, &count) {
            let detail = format!("{} takes \"count\" or \"for_each\", not both.", self.owner);
            self.diagnostics.push(Diagnostic::error("Conflicting arguments", detail).at(count.span));
        }
        for_each.map(Repetition::ForEach).or(count.map(Repetition::Count))
    }

    pub(super) fn block(&mut self, kind: &'static str) -> Option<SyntaxBlock> {
        self.known.push(kind);
        let at = self.body.blocks.iter().position(|block| block.kind.text == kind)?;
        let block = self.body.blocks.remove(at);
        if let Some(second) = self.body.blocks.iter().position(|block| block.kind.text == kind) {
            let span = self.body.blocks.remove(second).span;
            let detail = format!("{} takes one \"{kind}\" block.", self.owner);
            let found = Diagnostic::error("Repeated block", detail).at(span);
            self.diagnostics.push(found.related(block.span, "the first one"));
        }
        Some(block)
    }

    pub(super) fn conditions(&mut self, kind: &'static str) -> Vec<Condition> {
        self.known.push(kind);
        let (taken, rest) = std::mem::take(&mut self.body.blocks).into_iter().partition(|b| b.kind.text == kind);
        self.body.blocks = rest;
        let mut conditions = Vec::new();
        for block in taken {
            let block: SyntaxBlock = block;
            let span = block.span;
            let mut inner = Fields::new(block.body, kind, self.diagnostics);
            let condition = inner.required("condition", span);
            let message = inner.required("error_message", span);
            inner.finish();
            conditions.extend(condition.zip(message).map(|(condition, message)| Condition { condition, message }));
        }
        conditions
    }

    /// All further arguments; blocks are errors.
    pub(super) fn rest(mut self) -> IndexMap<String, (Name, Arc<Expression>)> {
        let attributes = std::mem::take(&mut self.body.attributes);
        self.finish();
        attributes.into_iter().map(|a| (a.name.text.clone(), (a.name, a.value))).collect()
    }

    pub(super) fn into_body(self) -> SyntaxBody {
        self.body
    }

    pub(super) fn finish(self) {
        for attribute in &self.body.attributes {
            let name = &attribute.name;
            let help = nearest(&name.text, self.known.iter().copied()).map(|near| format!("Did you mean \"{near}\"?"));
            let detail = format!("{} has no argument \"{}\".", self.owner, name.text);
            self.diagnostics.push(Diagnostic::error("Unknown argument", detail).at(name.span).help_option(help));
        }
        for block in &self.body.blocks {
            let name = &block.kind;
            let help = nearest(&name.text, self.known.iter().copied()).map(|near| format!("Did you mean \"{near}\"?"));
            let detail = format!("{} has no block \"{}\".", self.owner, name.text);
            self.diagnostics.push(Diagnostic::error("Unknown block", detail).at(name.span).help_option(help));
        }
    }
}
