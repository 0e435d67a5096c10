//! One finding about the user's input, and the list they are collected in.

use super::Span;
use super::codes;

/// How bad a finding is. Only errors stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One finding: what is wrong, why, and what to do.
///
/// `summary` is short and fixed for a kind of mistake (`Unknown argument`); `detail` names the particulars in full
/// sentences; `help` is the remedy. The wording follows OpenTofu's `docs/diagnostics.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stays the same whatever the words; see [`super::codes`].
    pub code: &'static str,
    pub summary: String,
    pub detail: String,
    pub span: Option<Span>,
    /// Text beside the underlined source; empty for none.
    pub label: String,
    /// Further places that matter, each with a label.
    pub related: Vec<(Span, String)>,
    pub help: Option<String>,
    /// The resource the finding is about, as `user.alice`.
    pub address: Option<String>,
    /// The underlined text is a secret: it is shown as asterisks.
    pub hidden: bool,
}

impl Diagnostic {
    /// An error with its short summary and its detail.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    /// A warning with its short summary and its detail.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        let summary = summary.into();
        Self {
            severity,
            code: codes::code_of(&summary),
            summary,
            detail: detail.into(),
            span: None,
            label: String::new(),
            related: Vec::new(),
            help: None,
            address: None,
            hidden: false,
        }
    }

    /// Points at the source text in question.
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// As [`Self::at`], for a place that may be unknown.
    pub fn at_option(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// Marks the underlined text as secret.
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Adds the text beside the underline.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a second place, as "first defined here".
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Adds the remedy.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the remedy where there is one.
    pub fn help_option(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Names the resource.
    pub fn about(mut self, address: impl std::fmt::Display) -> Self {
        self.address = Some(address.to_string());
        self
    }
}

/// Findings of one run, in the order they were met, and where secrets stand in the sources they quote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    hidden: Vec<Span>,
}

impl Diagnostics {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Takes all findings of `other`.
    pub fn extend(&mut self, other: Diagnostics) {
        self.found.extend(other.found);
        self.hidden.extend(other.hidden);
    }

    /// Changes each finding.
    pub fn map(mut self, change: impl FnMut(Diagnostic) -> Diagnostic) -> Self {
        self.found = self.found.into_iter().map(change).collect();
        self
    }

    /// Keeps some findings; what is hidden stays hidden.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.found.retain(keep);
    }

    /// Notes a secret in a source: no excerpt of any finding shows it.
    pub fn hide(&mut self, place: Span) {
        self.hidden.push(place);
    }

    /// As [`Self::hide`], for places that are known from elsewhere.
    pub fn hide_all(&mut self, places: &[Span]) {
        self.hidden.extend_from_slice(places);
    }

    /// Where secrets stand.
    pub fn hidden(&self) -> &[Span] {
        &self.hidden
    }

    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn len(&self) -> usize {
        self.found.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Sorts by file and place, those without a place last, and drops exact repetitions.
    pub fn sort(&mut self) {
        self.found.sort_by_key(|d| match &d.span {
            Some(span) => (false, span.source, span.start, d.severity),
            None => (true, super::SourceId::default(), 0, d.severity),
        });
        self.found.dedup();
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { found: vec![diagnostic], hidden: Vec::new() }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}
