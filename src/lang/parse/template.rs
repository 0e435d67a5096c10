//! Quoted strings, heredocs and template files: escapes, dedenting, trim markers, directives.

use unicode_normalization::UnicodeNormalization;

use super::Parsed;
use super::Parser;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Name;
use crate::lang::syntax::Part;
use crate::lang::token::Kind;
use crate::lang::token::Token;

/// A template before its directives are matched up.
enum Item {
    /// Literal text; whether it begins a line of a heredoc.
    Text(String, bool),
    Sequence(Sequence, Token),
}

enum Sequence {
    Value(Box<Expression>),
    If(Box<Expression>),
    Else,
    EndIf,
    For(Option<Name>, Name, Box<Expression>),
    EndFor,
}

impl Parser<'_> {
    /// A quoted string, its quotes included.
    pub(super) fn quoted(&mut self) -> Parsed<Vec<Part>> {
        let open = self.next();
        let items = self.nested(|p| p.items_until(Kind::CloseQuote, open))?;
        self.tree(items)
    }

    /// A heredoc, from its opening marker on.
    pub(super) fn heredoc(&mut self) -> Parsed<Vec<Part>> {
        let open = self.next();
        let flush = self.text_of(open).starts_with("<<-");
        let mut items = self.nested(|p| p.items_until(Kind::CloseHeredoc, open))?;
        if flush {
            dedent(&mut items);
        }
        self.tree(items)
    }

    /// A whole template file.
    pub(super) fn template_file(&mut self) -> Parsed<Vec<Part>> {
        let open = Token { kind: Kind::OpenHeredoc, start: 0, end: 0 };
        let items = self.nested(|p| p.items_until(Kind::End, open))?;
        self.tree(items)
    }

    fn items_until(&mut self, close: Kind, open: Token) -> Parsed<Vec<Item>> {
        let mut items: Vec<Item> = Vec::new();
        let mut trim_next = false;
        let mut line_start = true;
        loop {
            // Inside text no token is skipped.
            let token = self.tokens[self.at];
            match token.kind {
                kind if kind == close => {
                    if kind != Kind::End {
                        self.at += 1;
                    }
                    return Ok(items);
                }
                Kind::QuotedText | Kind::HeredocText => {
                    self.at += 1;
                    let raw = self.text_of(token);
                    let text = if token.kind == Kind::QuotedText { self.unescape(token)? } else { raw.to_string() };
                    let text = text.replace("$${", "${").replace("%%{", "%{");
                    let text: String = text.nfc().collect();
                    // Only the text next to the marker is cut: in a heredoc, one line.
                    let text = if std::mem::take(&mut trim_next) { text.trim_start().to_string() } else { text };
                    let ends_line = text.ends_with('\n');
                    items.push(Item::Text(text, line_start));
                    line_start = ends_line;
                }
                Kind::OpenInterpolation | Kind::OpenDirective => {
                    self.at += 1;
                    line_start = false;
                    if self.text_of(token).ends_with('~')
                        && let Some(Item::Text(text, _)) = items.last_mut()
                    {
                        text.truncate(text.trim_end().len());
                    }
                    let directive = token.kind == Kind::OpenDirective;
                    let (sequence, end) = self.nested(|p| {
                        p.skip_newlines = true;
                        let sequence =
                            if directive { p.directive()? } else { Sequence::Value(Box::new(p.expression()?)) };
                        let end = p.peek();
                        if end.kind != Kind::CloseTemplate {
                            let found = p.describe(end);
                            let detail = format!("A closing brace (\"}}\") must end the sequence; found {found}.");
                            return p.fail(end, "Extra characters after interpolation expression", detail);
                        }
                        p.next();
                        Ok((sequence, end))
                    })?;
                    trim_next = self.text_of(end).starts_with('~');
                    items.push(Item::Sequence(sequence, token));
                }
                _ if close == Kind::CloseQuote => {
                    let detail = "The string has no closing quote on its line; write a newline inside text as \\n, or \
                                  use a heredoc.";
                    return self.fail(open, "Unterminated string", detail);
                }
                _ => {
                    let detail = "No line with the closing marker alone was found for the heredoc.";
                    return self.fail(open, "Unterminated template string", detail);
                }
            }
        }
    }

    fn directive(&mut self) -> Parsed<Sequence> {
        let token = self.peek();
        let word = if token.kind == Kind::Identifier { self.text_of(token) } else { "" };
        self.next();
        Ok(match word {
            "if" => Sequence::If(Box::new(self.expression()?)),
            "else" => Sequence::Else,
            "endif" => Sequence::EndIf,
            "for" => {
                let (key, value) = self.for_names()?;
                Sequence::For(key, value, Box::new(self.expression()?))
            }
            "endfor" => Sequence::EndFor,
            _ => {
                let detail = "A directive is one of if, else, endif, for and endfor.";
                return self.fail(token, "Invalid template directive", detail);
            }
        })
    }

    /// Matches directives up with their ends.
    fn tree(&mut self, items: Vec<Item>) -> Parsed<Vec<Part>> {
        enum Frame {
            If(Box<Expression>, Option<Vec<Part>>, Token),
            For(Option<Name>, Name, Box<Expression>, Token),
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut stack: Vec<(Frame, Vec<Part>)> = Vec::new();
        for item in items {
            let (sequence, token) = match item {
                Item::Text(text, _) => {
                    // Text of which trim markers left nothing still makes a text of what stands beside it.
                    match parts.last_mut() {
                        Some(Part::Text(before)) => before.push_str(&text),
                        _ => parts.push(Part::Text(text)),
                    }
                    continue;
                }
                Item::Sequence(sequence, token) => (sequence, token),
            };
            match sequence {
                Sequence::Value(expression) => parts.push(Part::Interpolation(*expression)),
                Sequence::If(test) => stack.push((Frame::If(test, None, token), std::mem::take(&mut parts))),
                Sequence::For(key, value, collection) => {
                    stack.push((Frame::For(key, value, collection, token), std::mem::take(&mut parts)));
                }
                Sequence::Else => match stack.last_mut() {
                    Some((Frame::If(_, then @ None, _), _)) => *then = Some(std::mem::take(&mut parts)),
                    _ => return self.fail(token, "Unexpected else directive", "There is no open if directive."),
                },
                Sequence::EndIf => match stack.pop() {
                    Some((Frame::If(test, then, _), before)) => {
                        let last = std::mem::replace(&mut parts, before);
                        let (then, otherwise) = match then {
                            Some(then) => (then, last),
                            None => (last, Vec::new()),
                        };
                        parts.push(Part::If(test, then, otherwise));
                    }
                    _ => return self.fail(token, "Unexpected endif directive", "There is no open if directive."),
                },
                Sequence::EndFor => match stack.pop() {
                    Some((Frame::For(key, value, collection, _), before)) => {
                        let body = std::mem::replace(&mut parts, before);
                        parts.push(Part::For { key, value, collection, body });
                    }
                    _ => return self.fail(token, "Unexpected endfor directive", "There is no open for directive."),
                },
            }
            if stack.len() > super::MAX_NESTING {
                return self.fail(token, "Too deeply nested", "Template directives nest too deeply.");
            }
        }
        match stack.pop() {
            None => Ok(parts),
            Some((Frame::If(_, _, token), _)) => {
                self.fail(token, "Unclosed if directive", "The directive has no matching endif.")
            }
            Some((Frame::For(_, _, _, token), _)) => {
                self.fail(token, "Unclosed for directive", "The directive has no matching endfor.")
            }
        }
    }

    /// Resolves backslash escapes of quoted text.
    fn unescape(&mut self, token: Token) -> Parsed<String> {
        let raw = self.text_of(token);
        if !raw.contains('\\') {
            return Ok(raw.to_string());
        }
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw.char_indices();
        while let Some((at, c)) = rest.next() {
            if c != '\\' {
                text.push(c);
                continue;
            }
            let place = |length: usize| Token {
                kind: Kind::QuotedText,
                start: token.start + at,
                end: (token.start + at + length).min(token.end),
            };
            let Some((_, escape)) = rest.next() else {
                return self.fail(place(1), "Invalid escape sequence", "A backslash must be followed by a character.");
            };
            let width = match escape {
                'n' => {
                    text.push('\n');
                    continue;
                }
                'r' => {
                    text.push('\r');
                    continue;
                }
                't' => {
                    text.push('\t');
                    continue;
                }
                '"' | '\\' => {
                    text.push(escape);
                    continue;
                }
                'u' => 4,
                'U' => 8,
                _ => {
                    let detail = format!(
                        "\"\\{escape}\" is no escape. Known are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN; a \
                         backslash itself is written \"\\\\\"."
                    );
                    return self.fail(place(1 + escape.len_utf8()), "Invalid escape sequence", detail);
                }
            };
            let digits: String = rest.by_ref().take(width).map(|(_, c)| c).collect();
            let hexadecimal = digits.len() == width && digits.bytes().all(|b| b.is_ascii_hexdigit());
            match u32::from_str_radix(&digits, 16).ok().filter(|_| hexadecimal) {
                Some(code) => text.push(char::from_u32(code).unwrap_or('\u{fffd}')),
                None => {
                    let detail = format!("\\{escape} must be followed by {width} hexadecimal digits.");
                    return self.fail(place(2 + digits.len()), "Invalid escape sequence", detail);
                }
            }
        }
        Ok(text)
    }
}

/// Takes the smallest indent of all lines from each of them (`<<-`). Lines of blanks only neither count nor lose any.
fn dedent(items: &mut [Item]) {
    let is_blank = |text: &str| text.ends_with('\n') && text.trim_start().is_empty();
    let indent = |text: &str| text.chars().take_while(|c| c.is_whitespace()).count();
    let mut smallest = usize::MAX;
    let mut line_start = true;
    for item in items.iter() {
        match item {
            Item::Text(text, starts) => {
                if *starts && !is_blank(text) {
                    smallest = smallest.min(indent(text));
                }
                line_start = text.ends_with('\n');
            }
            Item::Sequence(..) => {
                if line_start {
                    smallest = 0;
                }
                line_start = false;
            }
        }
    }
    if smallest == 0 || smallest == usize::MAX {
        return;
    }
    for item in items.iter_mut() {
        if let Item::Text(text, true) = item
            && !is_blank(text)
        {
            *text = text.chars().skip(smallest).collect();
        }
    }
}
