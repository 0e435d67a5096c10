//! Splits text into the tokens of HCL, with the modes strings, templates and heredocs need. Never fails: what cannot
//! be read becomes an `Invalid` token. Shared by the parser and by `format`.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Identifier,
    Number,
    /// `"`
    OpenQuote,
    CloseQuote,
    /// `<<EOT` with its newline.
    OpenHeredoc,
    /// The marker's line without its newline.
    CloseHeredoc,
    /// Literal text of a quoted string.
    QuotedText,
    /// Literal text of a heredoc: one line, or a part of one.
    HeredocText,
    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// `}` or `~}` that ends one of those.
    CloseTemplate,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParenthesis,
    CloseParenthesis,
    /// Any operator or punctuation; its text says which.
    Symbol,
    /// `# ...` and `// ...` with their newline; `/* */` without.
    Comment,
    Newline,
    /// A character that begins no token.
    Invalid,
    End,
}

/// A token: its kind and bytes `start..end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

enum Mode {
    /// Ordinary code; braces open inside it. `template` when a `}` at depth 0 returns to the text around.
    Code {
        braces: usize,
        template: bool,
    },
    Quoted,
    Heredoc {
        marker: String,
        line_start: bool,
    },
}

/// The tokens of a text, `End` last. Blanks are in no token.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    scan(text, Mode::Code { braces: 0, template: false })
}

/// The tokens of a template file: literal text with interpolations, as one endless heredoc.
pub(crate) fn template_tokens(text: &str) -> Vec<Token> {
    scan(text, Mode::Heredoc { marker: String::new(), line_start: false })
}

fn scan(text: &str, first: Mode) -> Vec<Token> {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, tokens: Vec::new(), modes: vec![first] };
    while scanner.at < text.len() {
        match scanner.modes.last() {
            Some(Mode::Quoted) => scanner.quoted(),
            Some(Mode::Heredoc { .. }) => scanner.heredoc(),
            _ => scanner.code(),
        }
    }
    scanner.push(Kind::End, text.len());
    scanner.tokens
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
}

impl Scanner<'_> {
    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, start: self.at, end });
        self.at = end;
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn code(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b' ' | b'\t' => self.at += 1,
            b'\n' => self.push(Kind::Newline, self.at + 1),
            b'\r' if self.rest().starts_with("\r\n") => self.push(Kind::Newline, self.at + 2),
            b'#' => self.line_comment(),
            b'/' if self.rest().starts_with("//") => self.line_comment(),
            b'/' if self.rest().starts_with("/*") => {
                let (kind, end) = match self.rest()[2..].find("*/") {
                    Some(length) => (Kind::Comment, self.at + 2 + length + 2),
                    None => (Kind::Invalid, self.text.len()),
                };
                self.push(kind, end);
            }
            b'"' => {
                self.push(Kind::OpenQuote, self.at + 1);
                self.modes.push(Mode::Quoted);
            }
            b'<' if self.rest().starts_with("<<") && self.heredoc_start() => {}
            b'0'..=b'9' => self.number(),
            b'{' => {
                self.push(Kind::OpenBrace, self.at + 1);
                if let Some(Mode::Code { braces, .. }) = self.modes.last_mut() {
                    *braces += 1;
                }
            }
            b'}' => self.close_brace(0),
            b'~' if self.rest().starts_with("~}") && self.at_template_end() => self.close_brace(1),
            b'[' => self.push(Kind::OpenBracket, self.at + 1),
            b']' => self.push(Kind::CloseBracket, self.at + 1),
            b'(' => self.push(Kind::OpenParenthesis, self.at + 1),
            b')' => self.push(Kind::CloseParenthesis, self.at + 1),
            _ => self.word_or_symbol(),
        }
    }

    fn at_template_end(&self) -> bool {
        matches!(self.modes.last(), Some(Mode::Code { braces: 0, template: true }))
    }

    /// `}`, with `extra` bytes of a trim marker before it.
    fn close_brace(&mut self, extra: usize) {
        if self.at_template_end() {
            self.push(Kind::CloseTemplate, self.at + extra + 1);
            self.modes.pop();
            return;
        }
        self.push(Kind::CloseBrace, self.at + 1);
        if let Some(Mode::Code { braces, .. }) = self.modes.last_mut() {
            *braces = braces.saturating_sub(1);
        }
    }

    fn line_comment(&mut self) {
        let end = self.rest().find('\n').map_or(self.text.len(), |length| self.at + length + 1);
        self.push(Kind::Comment, end);
    }

    fn heredoc_start(&mut self) -> bool {
        let rest = self.rest()[2..].trim_start_matches('-');
        if self.rest().len() - 2 - rest.len() > 1 {
            return false;
        }
        let Some(length) = rest.find('\n') else { return false };
        let marker = rest[..length].trim_end_matches('\r');
        if !is_identifier(marker) {
            return false;
        }
        let marker = marker.to_string();
        let end = self.text.len() - rest.len() + length + 1;
        self.push(Kind::OpenHeredoc, end);
        self.modes.push(Mode::Heredoc { marker, line_start: true });
        true
    }

    fn number(&mut self) {
        let digits = |from: usize| from + self.bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = digits(self.at);
        if self.bytes.get(end) == Some(&b'.') && self.bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1);
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            if self.bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                end = digits(end + 1 + sign);
            }
        }
        self.push(Kind::Number, end);
    }

    fn word_or_symbol(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        if is_identifier_start(first) {
            let length: usize = rest.chars().take_while(|c| is_identifier_part(*c)).map(char::len_utf8).sum();
            return self.push(Kind::Identifier, self.at + length);
        }
        const SYMBOLS: [&str; 26] = [
            "...", "==", "!=", "<=", ">=", "=>", "&&", "||", "::", "=", "<", ">", "+", "-", "*", "/", "%", "!", ".",
            ",", "?", ":", "&", "|", "~", "^",
        ];
        match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => self.push(Kind::Symbol, self.at + symbol.len()),
            None => self.push(Kind::Invalid, self.at + first.len_utf8()),
        }
    }

    /// Opens `${` or `%{` at the current place.
    fn open_template(&mut self) {
        let kind = if self.bytes[self.at] == b'$' { Kind::OpenInterpolation } else { Kind::OpenDirective };
        let trim = usize::from(self.bytes.get(self.at + 2) == Some(&b'~'));
        self.push(kind, self.at + 2 + trim);
        self.modes.push(Mode::Code { braces: 0, template: true });
    }

    /// Where the literal text that starts at the current place ends: a quote or newline (in quoted text), the start
    /// of a template sequence, or the end of a line (in a heredoc, its newline included).
    fn literal_end(&self, quoted: bool) -> usize {
        let mut at = self.at;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'$' | b'%' if self.bytes.get(at + 1) == Some(&b'{') => return at,
                // `$${` and `%%{` are escapes of `${` and `%{`.
                c @ (b'$' | b'%') if self.bytes.get(at + 1) == Some(&c) && self.bytes.get(at + 2) == Some(&b'{') => {
                    at += 3;
                }
                b'"' if quoted => return at,
                b'\\' if quoted && matches!(self.bytes.get(at + 1), Some(b'"' | b'\\')) => at += 2,
                b'\n' => return if quoted { at } else { at + 1 },
                _ => at += 1,
            }
        }
        at
    }

    fn quoted(&mut self) {
        let end = self.literal_end(true);
        if end > self.at {
            return self.push(Kind::QuotedText, end);
        }
        match self.bytes[self.at] {
            b'"' => {
                self.push(Kind::CloseQuote, self.at + 1);
                self.modes.pop();
            }
            // An unclosed string ends with its line; the parser tells.
            b'\n' => {
                self.modes.pop();
            }
            _ => self.open_template(),
        }
    }

    fn heredoc(&mut self) {
        let Some(Mode::Heredoc { marker, line_start }) = self.modes.last_mut() else { return };
        let at_line_start = std::mem::replace(line_start, false);
        if at_line_start && !marker.is_empty() {
            let line = &self.text[self.at..];
            let line = &line[..line.find('\n').unwrap_or(line.len())];
            if line.trim() == marker {
                let length = line.trim_end_matches('\r').len();
                self.push(Kind::CloseHeredoc, self.at + length);
                self.modes.pop();
                return;
            }
        }
        let end = self.literal_end(false);
        if end > self.at {
            let ends_line = self.bytes[end - 1] == b'\n';
            if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
                *line_start = ends_line;
            }
            return self.push(Kind::HeredocText, end);
        }
        self.open_template();
    }
}

/// Whether a text is one identifier: a letter, then letters, digits, `_` and `-`.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.chars().next().is_some_and(is_identifier_start) && text.chars().all(is_identifier_part)
}

fn is_identifier_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_identifier_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
