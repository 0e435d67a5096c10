//! Turns diagnostics into text with the source line underlined.

use std::collections::BTreeMap;

use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;

use super::Diagnostic;
use super::Diagnostics;
use super::Severity;
use super::SourceId;
use super::Sources;
use super::Span;

/// Whether the text carries colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Coloured,
}

/// So many findings of one kind are shown: who has mended those looks again.
const SHOWN: usize = 20;

/// All findings as text for people, sorted by place, each followed by an empty line. Of many of one kind the first are
/// shown, and how many more there are.
pub fn render(diagnostics: &Diagnostics, sources: &Sources, style: Style) -> String {
    let mut sorted = diagnostics.clone();
    sorted.sort();
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let shown = Shown::new(&sorted, sources);
    let mut text = String::new();
    let mut met: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for diagnostic in sorted.iter() {
        let number = met.entry((diagnostic.severity, diagnostic.summary.as_str())).or_default();
        *number += 1;
        if *number <= SHOWN {
            text.push_str(&render_one(diagnostic, sources, &shown, &renderer));
            text.push_str("\n\n");
        }
    }
    for ((severity, summary), number) in met.into_iter().filter(|(_, number)| *number > SHOWN) {
        let level = if severity == Severity::Error { Level::ERROR } else { Level::WARNING };
        let rest = format!("{} (and {} more of this kind)", printable(summary), grouped(number - SHOWN));
        text.push_str(&renderer.render(&[Group::with_title(level.primary_title(rest))]).to_string());
        text.push_str("\n\n");
    }
    text
}

/// The texts of sources that hold secrets, with those blotted out.
struct Shown<'a> {
    sources: &'a Sources,
    without_secrets: BTreeMap<SourceId, String>,
}

impl<'a> Shown<'a> {
    fn new(diagnostics: &Diagnostics, sources: &'a Sources) -> Self {
        let marked = diagnostics.iter().filter(|found| found.hidden).filter_map(|found| found.span);
        let mut by_source: BTreeMap<SourceId, Vec<Span>> = BTreeMap::new();
        for span in diagnostics.hidden().iter().copied().chain(marked) {
            by_source.entry(span.source).or_default().push(span);
        }
        let blot = |(source, spans): (SourceId, Vec<Span>)| (source, without(sources.text(source), spans));
        Self { sources, without_secrets: by_source.into_iter().map(blot).collect() }
    }

    fn text(&self, source: SourceId) -> &str {
        self.without_secrets.get(&source).map_or_else(|| self.sources.text(source), String::as_str)
    }
}

fn render_one(diagnostic: &Diagnostic, sources: &Sources, shown: &Shown<'_>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group: Group = Group::with_title(level.primary_title(title(diagnostic)));
    if let Some(span) = diagnostic.span {
        let mut snippet = Snippet::source(shown.text(span.source)).path(sources.path(span.source));
        snippet =
            snippet.annotation(AnnotationKind::Primary.span(clamp(span, sources)).label(diagnostic.label.as_str()));
        for (place, label) in diagnostic.related.iter().filter(|(place, _)| place.source == span.source) {
            snippet = snippet.annotation(AnnotationKind::Context.span(clamp(*place, sources)).label(label.as_str()));
        }
        group = group.element(snippet);
        for (place, label) in diagnostic.related.iter().filter(|(place, _)| place.source != span.source) {
            let snippet = Snippet::source(shown.text(place.source)).path(sources.path(place.source));
            group = group.element(
                snippet.annotation(AnnotationKind::Context.span(clamp(*place, sources)).label(label.as_str())),
            );
        }
    }
    if !diagnostic.detail.is_empty() {
        group = group.element(Level::NOTE.message(printable(&diagnostic.detail)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    renderer.render(&[group]).to_string()
}

/// `9,980`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn title(diagnostic: &Diagnostic) -> String {
    match &diagnostic.address {
        Some(address) => printable(&format!("{}: {}", address, diagnostic.summary)),
        None => printable(&diagnostic.summary),
    }
}

/// Control characters from the user's input must not reach the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The text with the secrets in it blotted out, byte for byte, so that places stay the same. A mere name, as
/// `var.password`, is no secret.
pub fn without(text: &str, mut spans: Vec<Span>) -> String {
    let is_name = |span: &Span| {
        let part = text.get(span.start..span.end).unwrap_or_default();
        part.starts_with(char::is_alphabetic) && part.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
    };
    // Of `name = value` only the value.
    let value_of = |span: &Span| {
        let part = text.get(span.start..span.end).unwrap_or_default();
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        let value = part.split_once('=').filter(|(name, _)| is_name(name.trim())).map(|(_, value)| value.trim_start());
        Span { start: span.end - value.map_or(part.len(), str::len), ..*span }
    };
    for span in &mut spans {
        span.end = span.end.min(text.len());
        span.start = span.start.min(span.end);
        *span = value_of(span);
    }
    spans.retain(|span| !is_name(span));
    spans.sort_by_key(|span| span.start);
    let mut spans = spans.into_iter().peekable();
    let mut end = 0;
    let blot = |(at, c): (usize, char)| {
        while let Some(span) = spans.next_if(|span| span.start <= at) {
            end = end.max(span.end);
        }
        let keep = at >= end || c == '\n' || c == '"';
        if keep { c.to_string() } else { "*".repeat(c.len_utf8()) }
    };
    text.char_indices().map(blot).collect()
}

/// A span inside the text, on character borders; a multi-line span is cut to its first line, which says enough.
fn clamp(span: Span, sources: &Sources) -> std::ops::Range<usize> {
    let text = sources.text(span.source);
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(span.start);
    let mut end = border(span.end.max(start));
    if let Some(newline) = text[start..end].find('\n') {
        end = start + newline;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_place_reason_and_remedy() {
        let mut sources = Sources::new();
        let id = sources.add("main.hcl", "platform \"ml\" {\n  verison = \"1.9.1\"\n}\n");
        let found = Diagnostic::error("Unknown argument", "platform has no argument \"verison\".")
            .at(Span::new(id, 18..25))
            .help("Did you mean \"version\"?");
        let text = render(&found.into(), &sources, Style::Plain);
        assert_eq!(
            text,
            "error: Unknown argument\n --> main.hcl:2:3\n  |\n2 |   verison = \"1.9.1\"\n  |   ^^^^^^^\n  |\n  \
             = note: platform has no argument \"verison\".\n  = help: Did you mean \"version\"?\n\n"
        );
    }

    #[test]
    fn secrets_are_blotted_out() {
        let mut sources = Sources::new();
        let id = sources.add("main.hcl", "password = \"hünter2\" # x\n");
        let found = Diagnostic::error("Unsuitable password", "It is short.").at(Span::new(id, 11..21)).hidden();
        let text = render(&found.into(), &sources, Style::Plain);
        assert!(text.contains("password = \"********\" # x") && !text.contains("nter2"), "{text}");
    }

    #[test]
    fn secrets_beside_a_mistake_are_blotted_out_too() {
        let mut sources = Sources::new();
        let id = sources.add("main.hcl", "user \"a\" { pasword = \"hunter2\", hash = var.hash }\n");
        let mut found: Diagnostics = Diagnostic::error("Unknown argument", "No.").at(Span::new(id, 11..18)).into();
        found.hide(Span::new(id, 21..30));
        found.hide(Span::new(id, 39..47));
        let text = render(&found, &sources, Style::Plain);
        assert!(text.contains("pasword = \"*******\", hash = var.hash }"), "{text}");
    }

    #[test]
    fn of_many_of_a_kind_the_first_are_shown() {
        let mut sources = Sources::new();
        let id = sources.add("main.hcl", "a = 1\n".repeat(5_000));
        let mut found = Diagnostics::new();
        for at in 0..5_000 {
            found.push(Diagnostic::error("Unknown argument", "No.").at(Span::new(id, at * 6..at * 6 + 1)));
        }
        found.push(Diagnostic::error("Invalid value", "No.").at(Span::new(id, 0..1)));
        let text = render(&found, &sources, Style::Plain);
        assert_eq!(text.matches("error: Unknown argument\n").count(), SHOWN);
        assert!(text.contains("main.hcl:20:1") && !text.contains("main.hcl:21:1"));
        assert!(text.contains("error: Invalid value\n"));
        assert!(text.ends_with("error: Unknown argument (and 4,980 more of this kind)\n\n"), "{text}");
    }

    #[test]
    fn odd_spans_do_not_panic() {
        let mut sources = Sources::new();
        let id = sources.add("main.hcl", "a = \"é\"");
        for start in 0..12 {
            for end in 0..12 {
                let found = Diagnostic::error("x", "y\u{1b}[31m").at(Span { source: id, start, end });
                let text = render(&found.into(), &sources, Style::Plain);
                assert!(!text.contains('\u{1b}'));
            }
        }
    }
}
