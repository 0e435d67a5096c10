//! Where a part of a text stands in the literal that the text is written as: between quotes, with escapes, or as a heredoc
//! whose indentation was taken off.

use std::ops::Range;

use crate::diag::Sources;
use crate::diag::Span;

/// The place of a part of a text in the literal at `span`. `None` where what is written there is no literal of this text.
pub fn place_in_text(sources: &Sources, span: Span, text: &str, part: Range<usize>) -> Option<Span> {
    let written = sources.excerpt(span);
    let offsets = match written.strip_prefix('"') {
        Some(quoted) => between_quotes(quoted.strip_suffix('"')?, text)?.into_iter().map(|at| at + 1).collect(),
        None if written.starts_with("<<") => in_lines(written, text)?,
        None => return None,
    };
    let start = *offsets.get(part.start)?;
    let end = *offsets.get(part.end)?;
    Some(Span { start: span.start + start, end: span.start + end.max(start), ..span })
}

/// For each byte of the text, and for its end, where it stands between the quotes.
fn between_quotes(written: &str, text: &str) -> Option<Vec<usize>> {
    let mut offsets = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    for c in text.chars() {
        let rest = written.get(at..)?;
        let length = match rest.strip_prefix('\\') {
            Some(escaped) => match escaped.chars().next()? {
                'u' => 6,
                'U' => 10,
                _ => 2,
            },
            None if rest.starts_with("$${") || rest.starts_with("%%{") => {
                if !rest.starts_with(c) {
                    return None;
                }
                2
            }
            None if rest.starts_with(c) => c.len_utf8(),
            None => return None,
        };
        offsets.extend(std::iter::repeat_n(at, c.len_utf8()));
        at += length;
    }
    offsets.push(at);
    (at == written.len()).then_some(offsets)
}

/// The same for a heredoc: every line of the text is the end of one that is written.
fn in_lines(written: &str, text: &str) -> Option<Vec<usize>> {
    let mut offsets = Vec::with_capacity(text.len() + 1);
    let mut at = written.find('\n')? + 1;
    for line in text.split_inclusive('\n') {
        let there = written.get(at..)?.split_inclusive('\n').next()?;
        let behind = at + there.trim_end_matches(['\r', '\n']).len();
        let plain = line.trim_end_matches('\n');
        let start = behind.checked_sub(plain.len())?;
        if written.get(start..behind)? != plain {
            return None;
        }
        offsets.extend((0..line.len()).map(|byte| (start + byte).min(behind)));
        at += there.len();
    }
    let end = offsets.last().map_or(at, |last| last + usize::from(!text.ends_with('\n')));
    offsets.push(end);
    Some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(written: &str, text: &str, part: &str) -> Option<String> {
        let mut sources = Sources::new();
        let file = sources.add("main.hcl", format!("a = {written}\n"));
        let start = text.find(part).expect("a part of the text");
        let span = Span::new(file, 4..4 + written.len());
        let place = place_in_text(&sources, span, text, start..start + part.len())?;
        Some(format!("{} {}", sources.locate(place), sources.excerpt(place)))
    }

    #[test]
    fn parts_of_literals_have_places() {
        let plain = found("\"a.b == 'c'\"", "a.b == 'c'", "==");
        assert_eq!(plain.as_deref(), Some("main.hcl:1:10 =="));
        let escaped = found("\"a == \\\"ü\\\" && $${b\"", "a == \"ü\" && ${b", "&&");
        assert_eq!(escaped.as_deref(), Some("main.hcl:1:17 &&"));
        let heredoc = found("<<-EOT\n    a &&\n      b\n  EOT", "a &&\n  b\n", "b");
        assert_eq!(heredoc.as_deref(), Some("main.hcl:3:7 b"));
        assert_eq!(found("\"${x}b\"", "ab", "b"), None);
        assert_eq!(found("local.rule", "ab", "b"), None);
    }

    #[test]
    fn an_end_has_a_place() {
        let mut sources = Sources::new();
        let file = sources.add("main.hcl", "a = \"b ==\"\n");
        let place = place_in_text(&sources, Span::new(file, 4..10), "b ==", 4..4).expect("a place");
        assert_eq!(sources.locate(place), "main.hcl:1:10");
    }
}
