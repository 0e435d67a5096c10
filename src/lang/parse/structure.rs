//! Bodies, arguments and blocks, and recovery after an error in one of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::Parsed;
use super::Parser;
use crate::diag::Diagnostic;
use crate::diag::Span;
use crate::lang::syntax::Name;
use crate::lang::syntax::Part;
use crate::lang::syntax::SyntaxAttribute;
use crate::lang::syntax::SyntaxBlock;
use crate::lang::syntax::SyntaxBody;
use crate::lang::token::Kind;

impl Parser<'_> {
    /// A whole file. Always gives what could be read.
    pub(super) fn file(&mut self) -> SyntaxBody {
        let mut body = self.items(true);
        body.span = Span::new(self.source, 0..self.text.len());
        body
    }

    /// Items up to a closing brace (not taken) or the end.
    fn items(&mut self, top: bool) -> SyntaxBody {
        let mut body = SyntaxBody { attributes: Vec::new(), blocks: Vec::new(), span: Span::new(self.source, 0..0) };
        let mut names: HashMap<String, Span> = HashMap::new();
        loop {
            if self.resume_at.is_some() {
                if !top {
                    return body;
                }
                self.resume_at = None;
            }
            let token = self.peek();
            let first = self.at;
            let parsed = match token.kind {
                Kind::Newline => {
                    self.next();
                    continue;
                }
                Kind::End => return body,
                Kind::CloseBrace if !top => return body,
                Kind::Identifier => self.item(&mut body, &mut names),
                Kind::OpenQuote => {
                    let summary = "Invalid argument name";
                    self.fail(token, summary, "Argument names and block types stand without quotes.")
                }
                _ => {
                    let found = self.describe(token);
                    let detail = format!("An argument or a block must begin with a name, not with {found}.");
                    self.fail(token, "Argument or block definition required", detail)
                }
            };
            if parsed.is_err() {
                self.recover(first, top);
            }
        }
    }

    fn item(&mut self, body: &mut SyntaxBody, names: &mut HashMap<String, Span>) -> Parsed<()> {
        let token = self.next();
        let name = Name { text: self.text_of(token).to_string(), span: self.span_of(token) };
        let next = self.peek();
        match next.kind {
            Kind::Symbol if self.text_of(next) == "=" => {
                self.next();
                let value = self.nested(|p| p.expression())?;
                if let Some(first) = names.get(&name.text) {
                    let detail = format!("The argument \"{}\" is already set in this block.", name.text);
                    let found = Diagnostic::error("Attribute redefined", detail).at(name.span);
                    self.diagnostics.push(found.related(*first, "first set here"));
                } else {
                    names.insert(name.text.clone(), name.span);
                    body.attributes.push(SyntaxAttribute { name, value: Arc::new(value) });
                }
                self.line_end("Missing newline after argument", "An argument must end with a newline.")
            }
            Kind::Identifier | Kind::OpenQuote | Kind::OpenBrace => {
                let block = self.block(name)?;
                body.blocks.push(block);
                if self.resume_at.is_some() {
                    return Ok(());
                }
                self.line_end("Missing newline after block definition", "A block must end with a newline.")
            }
            Kind::Symbol if self.text_of(next) == ":" => {
                let detail = "The value of an argument follows an equals sign (\"=\"), not a colon.";
                self.fail(next, "Argument or block definition required", detail)
            }
            _ => {
                let detail = format!(
                    "After the name \"{}\" must come an equals sign (\"=\") to set an argument, or labels and a brace \
                     (\"{{\") to begin a block; found {}.",
                    name.text,
                    self.describe(next)
                );
                self.fail(next, "Argument or block definition required", detail)
            }
        }
    }

    fn line_end(&mut self, summary: &str, detail: &str) -> Parsed<()> {
        let token = self.peek();
        match token.kind {
            Kind::Newline | Kind::End => Ok(()),
            // A block on one line: `a { b = 1 }`.
            Kind::CloseBrace if self.depth > 0 => Ok(()),
            _ => self.fail(token, summary, detail),
        }
    }

    fn block(&mut self, kind: Name) -> Parsed<SyntaxBlock> {
        let mut labels = Vec::new();
        let mut end = kind.span;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Identifier => {
                    self.next();
                    labels.push(Name { text: self.text_of(token).to_string(), span: self.span_of(token) });
                }
                Kind::OpenQuote => {
                    let parts = self.quoted()?;
                    let span = Span::new(self.source, token.start..self.tokens[self.at - 1].end);
                    let text = match parts.as_slice() {
                        [] => String::new(),
                        [Part::Text(text)] => text.clone(),
                        _ => {
                            let detail = "Labels of blocks are plain text; they cannot hold interpolations.";
                            return self.fail(token, "Invalid block label", detail);
                        }
                    };
                    labels.push(Name { text, span });
                }
                Kind::OpenBrace => break,
                Kind::Symbol if self.text_of(token) == "=" => {
                    let detail = "An argument's name is a single word; blocks have no equals sign (\"=\").";
                    return self.fail(token, "Invalid block definition", detail);
                }
                _ => {
                    let detail = format!(
                        "A brace (\"{{\") or a label must follow the block type \"{}\"; found {}.",
                        kind.text,
                        self.describe(token)
                    );
                    return self.fail(token, "Invalid block definition", detail);
                }
            }
            if let Some(label) = labels.last() {
                end = label.span;
            }
        }
        let span = kind.span.to(end);
        let open = self.next();
        let (mut body, close) = self.nested(|p| {
            p.skip_newlines = false;
            let body = p.items(false);
            Ok((body, p.peek()))
        })?;
        body.span = Span::new(self.source, open.end..close.start.max(open.end));
        if self.resume_at.is_none() {
            if close.kind != Kind::CloseBrace {
                let detail = format!("The block \"{}\" that begins here has no closing brace (\"}}\").", kind.text);
                self.diagnostics.push(Diagnostic::error("Unclosed configuration block", detail).at(span));
            } else {
                self.next();
            }
        }
        Ok(SyntaxBlock { kind, labels, body, span })
    }

    /// After an error in the item that began at token `first`: goes to the end of the line on which its brackets are
    /// closed again. When a line at the left margin looks like a new top-level item first, a bracket is missing, and
    /// reading goes on there.
    fn recover(&mut self, first: usize, top: bool) {
        self.skip_newlines = false;
        let error_at = self.at.max(first);
        // What each open bracket needs as its end. An end that fits only an outer one closes those inside it too.
        let mut open: Vec<Kind> = Vec::new();
        let mut at = first;
        while let Some(token) = self.tokens.get(at) {
            match token.kind {
                Kind::End => break,
                Kind::OpenBrace => open.push(Kind::CloseBrace),
                Kind::OpenBracket => open.push(Kind::CloseBracket),
                Kind::OpenParenthesis => open.push(Kind::CloseParenthesis),
                Kind::OpenQuote => open.push(Kind::CloseQuote),
                Kind::OpenHeredoc => open.push(Kind::CloseHeredoc),
                Kind::OpenInterpolation | Kind::OpenDirective => open.push(Kind::CloseTemplate),
                kind @ (Kind::CloseBrace
                | Kind::CloseBracket
                | Kind::CloseParenthesis
                | Kind::CloseQuote
                | Kind::CloseHeredoc
                | Kind::CloseTemplate) => match open.iter().rposition(|end| *end == kind) {
                    Some(found) => open.truncate(found),
                    // The end of the block around.
                    None if kind == Kind::CloseBrace && at >= error_at && !top => break,
                    None => {}
                },
                Kind::Newline | Kind::Comment => {
                    let line_end = self.text.as_bytes().get(token.end.wrapping_sub(1)) == Some(&b'\n');
                    if line_end && at >= error_at {
                        if open.is_empty() {
                            break;
                        }
                        if self.top_item_at(at + 1) {
                            self.at = at + 1;
                            self.resume_at = Some(at + 1);
                            return;
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.at = at.min(self.tokens.len() - 1);
    }

    /// Whether a token at the left margin begins `name =`, `name {` or `name "label"`.
    fn top_item_at(&self, at: usize) -> bool {
        let (Some(name), Some(next)) = (self.tokens.get(at), self.tokens.get(at + 1)) else { return false };
        let margin = name.start == 0 || self.text.as_bytes().get(name.start - 1) == Some(&b'\n');
        let follows = match next.kind {
            Kind::OpenQuote | Kind::OpenBrace | Kind::Identifier => true,
            Kind::Symbol => &self.text[next.start..next.end] == "=",
            _ => false,
        };
        margin && name.kind == Kind::Identifier && follows
    }
}
