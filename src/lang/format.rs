//! Lays text out as `terraform fmt` does: indentation, blanks between tokens, aligned `=` and comments. Works on
//! tokens, so that comments and line breaks stay.

use super::parse;
use super::token::Kind;
use super::token::Token;
use super::token::tokens;
use crate::diag::Diagnostics;
use crate::diag::Sources;

/// `text` laid out as `terraform fmt` does. Errors: syntax errors, placed in a source of their own (id 0 of `sources`
/// that hold only this text).
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let mut sources = Sources::new();
    let source = sources.add("", text);
    let (_, found) = parse::body(&sources, source);
    if found.has_errors() {
        return Err(found);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut pieces = pieces(text);
    let mut lines = lines(&mut pieces);
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
    let all = tokens(text);
    let mut end = 0;
    let mut pieces = Vec::with_capacity(all.len());
    let mut simplified = vec![false; all.len()];
    mark_simple_interpolations(&all, text, &mut simplified);
    for (token, skip) in all.iter().zip(simplified) {
        let before = token.start.saturating_sub(end);
        end = token.end;
        if !skip {
            pieces.push(Piece { kind: token.kind, text: text[token.start..token.end].to_string(), before });
        }
    }
    pieces
}

/// `"${x}"` alone as a value is written `x`.
fn mark_simple_interpolations(all: &[Token], text: &str, skipped: &mut [bool]) {
    let plain =
        |at: usize| matches!(all[at].kind, Kind::OpenInterpolation if &text[all[at].start..all[at].end] == "${");
    let mut at = 0;
    while at + 2 < all.len() {
        let starts = all[at].kind == Kind::OpenQuote && plain(at + 1);
        let follows_equals =
            at > 0 && all[at - 1].kind == Kind::Symbol && &text[all[at - 1].start..all[at - 1].end] == "=";
        if !(starts && follows_equals) {
            at += 1;
            continue;
        }
        let mut depth = 0usize;
        let mut close = at + 1;
        let mut multiline = false;
        while close < all.len() {
            match all[close].kind {
                Kind::OpenInterpolation | Kind::OpenDirective => depth += 1,
                Kind::CloseTemplate => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                Kind::Newline => multiline = true,
                _ => {}
            }
            close += 1;
        }
        let ends = all.get(close + 1).is_some_and(|token| token.kind == Kind::CloseQuote)
            && all.get(close).is_some_and(|token| &text[token.start..token.end] == "}");
        let after = all.get(close + 2).map(|token| token.kind);
        if ends && !multiline && matches!(after, Some(Kind::Newline | Kind::Comment | Kind::End)) {
            for skip in [at, at + 1, close, close + 1] {
                skipped[skip] = true;
            }
        }
        at = close.max(at) + 1;
    }
}

fn lines(pieces: &mut Vec<Piece>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut current: Vec<Piece> = Vec::new();
    let mut in_heredoc = 0usize;
    for piece in pieces.drain(..) {
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
        // A call; but keywords keep their blank.
        return matches!(left.text.as_str(), "in" | "if" | "for");
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
        && (matches!(left.kind, Kind::Identifier | Kind::Number) && !matches!(left.text.as_str(), "in" | "if" | "for")
            || matches!(left.kind, Kind::CloseBracket | Kind::CloseParenthesis | Kind::CloseQuote))
    {
        return false;
    }
    if symbol(left, "!") {
        return false;
    }
    if symbol(left, "-") {
        // A sign follows an operator or an opening bracket; a minus follows a value.
        return match before {
            None => false,
            Some(before) => ends_value(before),
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

fn ends_value(piece: &Piece) -> bool {
    matches!(
        piece.kind,
        Kind::Identifier
            | Kind::Number
            | Kind::CloseQuote
            | Kind::CloseHeredoc
            | Kind::CloseBrace
            | Kind::CloseBracket
            | Kind::CloseParenthesis
            | Kind::CloseTemplate
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
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}
