//! Lays text out as `terraform fmt` does: indentation, blanks between tokens, aligned `=` and comments. Works on
//! tokens, so that comments and line breaks stay. What is written differently altogether (labels, old type names,
//! needless interpolations) is `rewrite`'s.
//!
//! On purpose not as Terraform: a label with escapes stays as it is written and so do comments between labels
//! (Terraform drops those comments, and labels that hold `$${`); blanks after the last line go, where Terraform keeps
//! those before the end of a file without a final newline.

mod rewrite;

use super::parse;
use super::token::Kind;
use super::token::tokens;
use crate::diag::Diagnostics;
use crate::diag::Sources;

/// `text` laid out as `terraform fmt` does; where it has no final newline, none is added. Errors: syntax errors, placed
/// in a source of their own (id 0 of `sources` that hold only this text).
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let mut sources = Sources::new();
    let source = sources.add("", text);
    let (body, found) = parse::body(&sources, source);
    if found.has_errors() {
        return Err(found);
    }
    let mut pieces = pieces(text);
    rewrite::rewrite(&body, &mut pieces);
    let mut lines = lines(pieces);
    for line in &mut lines {
        space(line);
    }
    indent(&mut lines);
    align(&mut lines);
    Ok(print(&lines))
}

/// A token with the blanks before it.
#[derive(Clone)]
struct Piece {
    kind: Kind,
    text: String,
    before: usize,
    /// Where it stands in the text.
    start: usize,
}

/// A line in three cells: what stands before `=`, from `=` on, and a comment.
#[derive(Default)]
struct Line {
    lead: Vec<Piece>,
    assign: Vec<Piece>,
    comment: Vec<Piece>,
}

impl Line {
    fn all(&self) -> impl Iterator<Item = &Piece> {
        self.lead.iter().chain(&self.assign).chain(&self.comment)
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut all = tokens(text);
    let mut end = 0;
    // A byte order mark goes; the scanner takes it for a character of its own.
    if text.starts_with('\u{feff}') && all.first().is_some_and(|token| token.kind == Kind::Invalid) {
        end = all.remove(0).end;
    }
    let mut pieces = Vec::with_capacity(all.len());
    for token in all {
        let before = token.start.saturating_sub(end);
        end = token.end;
        let start = token.start;
        pieces.push(Piece { kind: token.kind, text: text[start..end].to_string(), before, start });
    }
    pieces
}

fn lines(pieces: Vec<Piece>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut current: Vec<Piece> = Vec::new();
    let mut in_heredoc = 0usize;
    for piece in pieces {
        let kind = piece.kind;
        match kind {
            Kind::OpenHeredoc => in_heredoc += 1,
            Kind::CloseHeredoc => in_heredoc = in_heredoc.saturating_sub(1),
            _ => {}
        }
        let ends = kind == Kind::Newline && in_heredoc == 0
            || kind == Kind::Comment && piece.text.ends_with('\n')
            || kind == Kind::End;
        current.push(piece);
        if ends {
            lines.push(split(std::mem::take(&mut current)));
        }
    }
    lines
}

fn split(pieces: Vec<Piece>) -> Line {
    let mut line = Line { lead: pieces, ..Line::default() };
    // A comment at the end of a line with code is a cell of its own.
    let last_is_comment = line.lead.last().is_some_and(|piece| piece.kind == Kind::Comment);
    if line.lead.len() > 1 && last_is_comment {
        line.comment = line.lead.split_off(line.lead.len() - 1);
    }
    // The first `=` outside of brackets, on a line that closes all it opens.
    let mut depth = 0i64;
    let mut assign = None;
    for (at, piece) in line.lead.iter().enumerate() {
        match piece.kind {
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParenthesis => depth += 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParenthesis => depth -= 1,
            Kind::Symbol if depth == 0 && at > 0 && piece.text == "=" && assign.is_none() => assign = Some(at),
            _ => {}
        }
    }
    if let Some(at) = assign.filter(|_| depth == 0) {
        line.assign = line.lead.split_off(at);
    }
    line
}

fn space(line: &mut Line) {
    let mut all: Vec<&mut Piece> =
        line.lead.iter_mut().chain(line.assign.iter_mut()).chain(line.comment.iter_mut()).collect();
    for at in 1..all.len() {
        let (before, here) = all.split_at_mut(at);
        let before_that = before.len().checked_sub(2).map(|at| &*before[at]);
        here[0].before = usize::from(blank_between(before_that, before[at - 1], here[0]));
    }
}

fn blank_between(before: Option<&Piece>, left: &Piece, right: &Piece) -> bool {
    let symbol = |piece: &Piece, text: &str| piece.kind == Kind::Symbol && piece.text == text;
    if matches!(right.kind, Kind::Newline | Kind::End) {
        return false;
    }
    if matches!(left.kind, Kind::QuotedText | Kind::OpenQuote | Kind::HeredocText | Kind::OpenHeredoc)
        || matches!(right.kind, Kind::QuotedText | Kind::CloseQuote | Kind::HeredocText | Kind::CloseHeredoc)
    {
        return false;
    }
    // Inside templates nothing is inserted at the borders.
    if matches!(left.kind, Kind::OpenInterpolation | Kind::OpenDirective) || right.kind == Kind::CloseTemplate {
        return false;
    }
    if matches!(right.kind, Kind::OpenInterpolation | Kind::OpenDirective) || left.kind == Kind::CloseTemplate {
        return false;
    }
    if left.kind == Kind::Identifier && right.kind == Kind::OpenParenthesis {
        return false;
    }
    if symbol(left, ".") || symbol(right, ".") || symbol(left, "::") || symbol(right, "::") {
        return false;
    }
    if symbol(right, ",") || symbol(right, "...") {
        return false;
    }
    if symbol(left, ",") {
        return true;
    }
    if left.kind == Kind::OpenBracket && symbol(right, "*") || symbol(left, "*") && right.kind == Kind::CloseBracket {
        return false;
    }
    if right.kind == Kind::OpenBracket
        && matches!(
            left.kind,
            Kind::Identifier | Kind::Number | Kind::CloseBracket | Kind::CloseParenthesis | Kind::CloseQuote
        )
    {
        // Of the keywords only the `in` of `for x in [...]` keeps its blank.
        return left.text == "in" && before.is_some_and(|before| before.kind == Kind::Identifier);
    }
    if symbol(left, "!") {
        return false;
    }
    if symbol(left, "-") {
        // A sign follows an operator or an opening bracket; a minus follows a value.
        return match before {
            None => false,
            Some(before) => parts_minus(before),
        };
    }
    match (left.kind, right.kind) {
        (Kind::OpenBrace, Kind::CloseBrace) => false,
        (Kind::OpenBrace, _) | (_, Kind::CloseBrace) => true,
        (Kind::OpenParenthesis | Kind::OpenBracket, _) => false,
        (_, Kind::CloseParenthesis | Kind::CloseBracket) => false,
        _ => true,
    }
}

/// Whether a minus after this piece gets a blank behind: where it ends a value, and at three places where Terraform
/// takes the sign for a subtraction too.
fn parts_minus(piece: &Piece) -> bool {
    let arrow = piece.kind == Kind::Symbol && piece.text == "=>";
    arrow
        || matches!(
            piece.kind,
            Kind::Identifier
                | Kind::Number
                | Kind::CloseQuote
                | Kind::CloseHeredoc
                | Kind::CloseBrace
                | Kind::CloseBracket
                | Kind::CloseParenthesis
                | Kind::CloseTemplate
                | Kind::OpenInterpolation
                | Kind::OpenDirective
        )
}

fn indent(lines: &mut [Line]) {
    // Each bracket opened on a line and not closed there indents what follows by one level, whatever their number.
    let mut stack: Vec<i64> = Vec::new();
    for line in lines.iter_mut() {
        let in_text = line.all().next().is_some_and(|p| matches!(p.kind, Kind::HeredocText | Kind::CloseHeredoc));
        let mut net = 0i64;
        for piece in line.all() {
            match piece.kind {
                Kind::OpenBrace
                | Kind::OpenBracket
                | Kind::OpenParenthesis
                | Kind::OpenInterpolation
                | Kind::OpenDirective => net += 1,
                Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParenthesis | Kind::CloseTemplate => net -= 1,
                _ => {}
            }
        }
        let blank = line.all().all(|piece| matches!(piece.kind, Kind::Newline | Kind::End));
        let level = if net > 0 {
            let level = stack.len();
            stack.push(net);
            level
        } else if net < 0 {
            let mut closed = -net;
            while closed > 0 {
                match stack.last_mut() {
                    None => break,
                    Some(top) if closed >= *top => {
                        closed -= *top;
                        stack.pop();
                    }
                    Some(top) => {
                        *top -= closed;
                        closed = 0;
                    }
                }
            }
            stack.len()
        } else {
            stack.len()
        };
        if in_text {
            continue;
        }
        if let Some(first) = line.lead.first_mut() {
            first.before = if blank { 0 } else { level * 2 };
        }
    }
}

fn align(lines: &mut [Line]) {
    let width = |pieces: &[Piece]| -> usize {
        use unicode_segmentation::UnicodeSegmentation;
        pieces.iter().map(|piece| piece.before + piece.text.graphemes(true).count()).sum()
    };
    // Equals signs of neighbouring lines.
    let mut at = 0;
    while at < lines.len() {
        if lines[at].assign.is_empty() {
            at += 1;
            continue;
        }
        let start = at;
        let mut end = at;
        while end < lines.len() && !lines[end].assign.is_empty() {
            end += 1;
        }
        let widest = lines[start..end].iter().map(|line| width(&line.lead)).max().unwrap_or(0);
        for line in &mut lines[start..end] {
            let pad = widest - width(&line.lead) + 1;
            line.assign[0].before = pad;
        }
        at = end;
    }
    // Comments of neighbouring lines.
    let mut at = 0;
    while at < lines.len() {
        if lines[at].comment.is_empty() {
            at += 1;
            continue;
        }
        let start = at;
        while at < lines.len() && !lines[at].comment.is_empty() {
            at += 1;
        }
        let code = |line: &Line| width(&line.lead) + width(&line.assign);
        let widest = lines[start..at].iter().map(code).max().unwrap_or(0);
        for line in &mut lines[start..at] {
            let pad = widest - code(line) + 1;
            line.comment[0].before = pad;
        }
    }
}

fn print(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        for piece in line.all() {
            out.push_str(&" ".repeat(piece.before));
            // Blanks at the end of comments go.
            match piece.kind {
                Kind::Comment if piece.text.ends_with('\n') => {
                    out.push_str(piece.text.trim_end());
                    out.push_str(if piece.text.ends_with("\r\n") { "\r\n" } else { "\n" });
                }
                _ => out.push_str(&piece.text),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is laid out must come out as expected, which `terraform fmt` made of it, and stay so.
    #[track_caller]
    fn check(given: &str, expected: &str) {
        let laid_out = format(given).expect("no syntax errors");
        assert_eq!(laid_out, expected);
        assert_eq!(format(&laid_out).expect("no syntax errors"), expected);
    }

    #[test]
    fn layout_is_terraforms() {
        for (given, expected) in [
            (include_str!("layout/1.in"), include_str!("layout/1.out")),
            (include_str!("layout/2.in"), include_str!("layout/2.out")),
            (include_str!("layout/3.in"), include_str!("layout/3.out")),
            (include_str!("layout/4.in"), include_str!("layout/4.out")),
            (include_str!("layout/5.in"), include_str!("layout/5.out")),
            ("", ""),
            ("\n", "\n"),
            ("a=1", "a = 1"),
            ("a=1\n\n\n", "a = 1\n\n\n"),
            ("\u{feff}a  = 1\n", "a = 1\n"),
            ("a=1\r\nbb = 2\r\nc {\r\nd=1\r\n}\r\n", "a  = 1\r\nbb = 2\r\nc {\r\n  d = 1\r\n}\r\n"),
        ] {
            check(given, expected);
        }
    }

    /// Where Terraform would lose something, or leave blanks at the end.
    #[test]
    fn layout_differs_on_purpose() {
        for (given, expected) in [
            ("user /* who */ a {}\n", "user /* who */ \"a\" {}\n"),
            ("user \"$${a}\" b {}\n", "user \"$${a}\" \"b\" {}\n"),
            ("user \"\\u00e9\" {}\n", "user \"\\u00e9\" {}\n"),
            ("a=1  ", "a = 1"),
            ("a = \"${x # why\n}\"\n", "a = \"${x # why\n}\"\n"),
        ] {
            check(given, expected);
        }
    }

    #[test]
    fn wrong_syntax_is_refused() {
        for text in ["a = ", "a = 1\na = 2\n", "a {", "\"a\" {}\n", "a = \"${x\n\"\n"] {
            assert!(format(text).is_err(), "{text}");
        }
    }
}
