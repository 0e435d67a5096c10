//! Parses tokens into the syntax tree and goes on after errors, so that one run reports all of them.
//!
//! `structure` reads bodies and blocks, `expression` expressions, `template` strings and heredocs.

mod expression;
mod structure;
mod template;

use super::syntax::Expression;
use super::syntax::Form;
use super::syntax::Part;
use super::syntax::SyntaxBody;
use super::token;
use super::token::Kind;
use super::token::Token;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;
use crate::diag::SourceId;
use crate::diag::Sources;
use crate::diag::Span;

/// How deep expressions and blocks may nest. Each level costs stack in the parser and the evaluator; people write
/// fewer than ten.
const MAX_NESTING: usize = 64;

/// Files beyond this are refused: a configuration is written by people.
const MAX_BYTES: usize = 64 << 20;

/// A finding was recorded; the caller recovers.
pub(super) struct Failed;

pub(super) type Parsed<T> = Result<T, Failed>;

/// Parses a file of arguments and blocks.
pub(crate) fn body(sources: &Sources, source: SourceId) -> (SyntaxBody, Diagnostics) {
    let mut parser = Parser::new(sources, source, token::tokens);
    let body = parser.file();
    (body, parser.diagnostics)
}

/// Parses a text that is one expression.
pub(crate) fn expression(sources: &Sources, source: SourceId) -> (Expression, Diagnostics) {
    let mut parser = Parser::new(sources, source, token::tokens);
    parser.skip_newlines = true;
    let parsed = parser.whole_expression();
    let span = Span::new(source, 0..sources.text(source).len());
    (parsed.unwrap_or(Expression { form: Form::Broken, span }), parser.diagnostics)
}

/// Parses a template file.
pub(crate) fn template(sources: &Sources, source: SourceId) -> (Vec<Part>, Diagnostics) {
    let mut parser = Parser::new(sources, source, token::template_tokens);
    let parts = parser.template_file();
    (parts.unwrap_or_default(), parser.diagnostics)
}

struct Parser<'a> {
    text: &'a str,
    source: SourceId,
    tokens: Vec<Token>,
    at: usize,
    /// Inside parentheses, brackets and interpolations newlines mean nothing.
    skip_newlines: bool,
    depth: usize,
    diagnostics: Diagnostics,
    /// After an error that left brackets open: the top-level item to go on with.
    resume_at: Option<usize>,
}

impl<'a> Parser<'a> {
    fn new(sources: &'a Sources, source: SourceId, scan: fn(&str) -> Vec<Token>) -> Self {
        let text = sources.text(source);
        let mut diagnostics = Diagnostics::new();
        let mut tokens = if text.len() > MAX_BYTES {
            let span = Span::new(source, 0..0);
            let detail = "Files of the configuration may have at most 64 MiB.";
            diagnostics.push(Diagnostic::error("File too large", detail).at(span));
            vec![Token { kind: Kind::End, start: 0, end: 0 }]
        } else {
            scan(text)
        };
        // A byte order mark at the very start is no part of the text.
        if text.starts_with('\u{feff}') && tokens.first().is_some_and(|t| t.kind == Kind::Invalid) {
            tokens.remove(0);
        }
        Parser { text, source, tokens, at: 0, skip_newlines: false, depth: 0, diagnostics, resume_at: None }
    }

    /// The next token that means something. A line comment stands for its newline.
    fn peek(&mut self) -> Token {
        loop {
            let token = self.tokens[self.at];
            let line_end = match token.kind {
                Kind::Newline => true,
                Kind::Comment => self.text[token.start..token.end].ends_with('\n'),
                _ => return token,
            };
            if line_end && !self.skip_newlines {
                return Token { kind: Kind::Newline, ..token };
            }
            self.at += 1;
        }
    }

    /// Takes the next token; `End` is never passed.
    fn next(&mut self) -> Token {
        let token = self.peek();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    /// The token after the next one.
    fn peek_second(&mut self) -> Token {
        self.peek();
        let saved = self.at;
        self.next();
        let token = self.peek();
        self.at = saved;
        token
    }

    fn text_of(&self, token: Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    fn span_of(&self, token: Token) -> Span {
        Span::new(self.source, token.start..token.end)
    }

    fn peek_is(&mut self, symbol: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Symbol && self.text_of(token) == symbol
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.peek_is(symbol);
        if found {
            self.next();
        }
        found
    }

    /// Records an error at a token and fails.
    fn fail<T>(&mut self, token: Token, summary: &str, detail: impl Into<String>) -> Parsed<T> {
        let mut span = self.span_of(token);
        if token.kind == Kind::Newline {
            span.end = span.start;
        }
        // Where the cause is a character that no token begins with, that is what to tell.
        let diagnostic = match token.kind {
            Kind::Invalid => self.invalid_character(token),
            _ => Diagnostic::error(summary, detail),
        };
        self.diagnostics.push(diagnostic.at(span));
        Err(Failed)
    }

    fn invalid_character(&self, token: Token) -> Diagnostic {
        let text = self.text_of(token);
        let (detail, help) = match text.chars().next() {
            Some('/') => ("The comment that begins here has no end.".to_string(), "Close it with \"*/\"."),
            Some('“' | '”' | '„' | '«' | '»') => {
                ("Typographic quotes do not delimit text.".to_string(), "Use straight quotes (\").")
            }
            Some('\'') => ("Single quotes do not delimit text.".to_string(), "Use double quotes (\")."),
            Some(';') => ("Semicolons do not end arguments.".to_string(), "Put each argument on a line of its own."),
            Some(other) => (
                format!("The character {:?} has no meaning here.", other),
                "Remove it, or put it inside a quoted string.",
            ),
            None => ("Something here has no meaning.".to_string(), "Remove it."),
        };
        Diagnostic::error("Invalid character", detail).help(help)
    }

    /// Runs `parse` one level deeper, unless that is too deep.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_NESTING {
            let token = self.peek();
            let detail = format!("Expressions and blocks may nest at most {MAX_NESTING} levels deep.");
            return self.fail(token, "Too deeply nested", detail);
        }
        self.depth += 1;
        let saved = self.skip_newlines;
        let result = parse(self);
        self.skip_newlines = saved;
        self.depth -= 1;
        result
    }

    /// How messages name a token.
    fn describe(&self, token: Token) -> String {
        match token.kind {
            Kind::End => "the end of the file".to_string(),
            Kind::Newline => "the end of the line".to_string(),
            _ => format!("\"{}\"", self.text_of(token).chars().take(40).collect::<String>()),
        }
    }
}
