//! What `terraform fmt` writes differently, beyond blanks: block labels get quotes, type names of old Terraform get
//! their present form, and `"${x}"` as the whole value of an argument becomes `x`.

use super::Piece;
use crate::diag::Span;
use crate::lang::syntax::SyntaxBody;
use crate::lang::token::Kind;

/// Rewrites the pieces of a file whose tree is `body`.
pub(super) fn rewrite(body: &SyntaxBody, pieces: &mut Vec<Piece>) {
    let mut edits: Vec<Edit> = Vec::new();
    // Bodies with whether they are those of a `variable` block of the file itself.
    let mut pending = vec![(body, 0usize, false)];
    while let Some((body, depth, variable)) = pending.pop() {
        for attribute in &body.attributes {
            let range = range_of(pieces, attribute.value.span);
            let edit = if variable && attribute.name.text == "type" {
                present_type(&pieces[range.clone()]).map(|text| Edit::text(text, range.len()))
            } else {
                unwrapped(&pieces[range.clone()])
            };
            edits.extend(edit.map(|edit| Edit { from: range.start + edit.from, to: range.start + edit.to, ..edit }));
        }
        for block in &body.blocks {
            for label in &block.labels {
                let range = range_of(pieces, label.span);
                if pieces[range.clone()].iter().all(|piece| piece.kind == Kind::Identifier) {
                    let quoted = format!("\"{}\"", label.text);
                    edits.push(Edit { from: range.start, to: range.end, ..Edit::text(&quoted, 0) });
                }
            }
            pending.push((&block.body, depth + 1, depth == 0 && block.kind.text == "variable"));
        }
    }
    if edits.is_empty() {
        return;
    }
    edits.sort_by_key(|edit| edit.from);
    let mut rewritten = Vec::with_capacity(pieces.len());
    let mut rest = std::mem::take(pieces).into_iter();
    let mut at = 0;
    for edit in edits {
        rewritten.extend(rest.by_ref().take(edit.from - at));
        let replaced = rest.by_ref().take(edit.to - edit.from);
        match edit.with {
            With::Text(text) => {
                let first = replaced.min_by_key(|piece| piece.start);
                rewritten.extend(first.map(|piece| Piece { kind: Kind::Identifier, text, ..piece }));
            }
            With::Inside { skip, keep, parentheses } => {
                let symbol = |kind, text: &str| Piece { kind, text: text.to_string(), before: 0, start: 0 };
                if parentheses {
                    rewritten.push(symbol(Kind::OpenParenthesis, "("));
                }
                // The rest must be taken too.
                let replaced: Vec<Piece> = replaced.collect();
                rewritten.extend(replaced.into_iter().skip(skip).take(keep));
                if parentheses {
                    rewritten.push(symbol(Kind::CloseParenthesis, ")"));
                }
            }
        }
        at = edit.to;
    }
    rewritten.extend(rest);
    *pieces = rewritten;
}

/// Pieces `from..to` with what stands for them.
struct Edit {
    from: usize,
    to: usize,
    with: With,
}

enum With {
    Text(String),
    /// `keep` pieces after the first `skip`.
    Inside {
        skip: usize,
        keep: usize,
        parentheses: bool,
    },
}

impl Edit {
    /// A text in place of the first `count` pieces.
    fn text(text: &str, count: usize) -> Edit {
        Edit { from: 0, to: count, with: With::Text(text.to_string()) }
    }
}

/// The pieces that stand within a span.
fn range_of(pieces: &[Piece], span: Span) -> std::ops::Range<usize> {
    let from = pieces.partition_point(|piece| piece.start < span.start);
    let to = pieces.partition_point(|piece| piece.start < span.end);
    from..to.max(from)
}

/// The present form of a type that is one old name: `"string"`, `"list"` and `"map"` in quotes, or a bare collection.
fn present_type(pieces: &[Piece]) -> Option<&'static str> {
    let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    match text.as_str() {
        "\"string\"" => Some("string"),
        "\"list\"" => Some("list(string)"),
        "\"map\"" => Some("map(string)"),
        "list" => Some("list(any)"),
        "map" => Some("map(any)"),
        "set" => Some("set(any)"),
        _ => None,
    }
}

/// `"${x}"` is written `x`, in parentheses where that takes several lines.
fn unwrapped(pieces: &[Piece]) -> Option<Edit> {
    let kind = |at: usize| pieces.get(at).map(|piece| piece.kind);
    let last = pieces.len().checked_sub(1)?;
    let wrapped = last >= 4
        && kind(0) == Some(Kind::OpenQuote)
        && kind(1) == Some(Kind::OpenInterpolation)
        && kind(last - 1) == Some(Kind::CloseTemplate)
        && kind(last) == Some(Kind::CloseQuote);
    if !wrapped {
        return None;
    }
    let (mut from, mut to) = (2, last - 1);
    let mut quotes = 0usize;
    for piece in &pieces[from..to] {
        match piece.kind {
            Kind::OpenQuote => quotes += 1,
            Kind::CloseQuote => quotes = quotes.saturating_sub(1),
            // Behind a comment to the end of the line nothing may follow.
            Kind::Comment if piece.text.ends_with('\n') => return None,
            // Another sequence or text beside the first: not one value.
            Kind::OpenInterpolation | Kind::CloseTemplate | Kind::QuotedText if quotes == 0 => return None,
            _ => {}
        }
    }
    while from < to && kind(from) == Some(Kind::Newline) {
        from += 1;
    }
    while from < to && kind(to - 1) == Some(Kind::Newline) {
        to -= 1;
    }
    if from == to {
        return None;
    }
    let several_lines = pieces[from..to].iter().any(|piece| piece.kind == Kind::Newline);
    let in_parentheses = kind(from) == Some(Kind::OpenParenthesis) && kind(to - 1) == Some(Kind::CloseParenthesis);
    let with = With::Inside { skip: from, keep: to - from, parentheses: several_lines && !in_parentheses };
    Some(Edit { from: 0, to: pieces.len(), with })
}
