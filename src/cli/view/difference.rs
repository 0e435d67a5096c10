//! The difference of two texts as lines, whoever shows them.

use serde::Serialize;
use similar::ChangeTag;
use similar::TextDiff;

/// What a line of a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Same,
    Add,
    Remove,
    /// In place of lines that are the same: how many.
    Hidden,
}

/// One line of a difference, without its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub mark: Mark,
    pub text: String,
}

/// Changed lines with two lines around them. Unchanged stretches are told by their length.
pub fn difference(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::configure()
        .algorithm(similar::Algorithm::Patience)
        .timeout(std::time::Duration::from_secs(1))
        .diff_lines(before, after);
    let mut lines = Vec::new();
    let mut shown = 0;
    for group in diff.grouped_ops(2) {
        if let Some(first) = group.first() {
            lines.extend(hidden(first.old_range().start.saturating_sub(shown)));
        }
        for operation in &group {
            for change in diff.iter_changes(operation) {
                let mark = match change.tag() {
                    ChangeTag::Delete => Mark::Remove,
                    ChangeTag::Insert => Mark::Add,
                    ChangeTag::Equal => Mark::Same,
                };
                let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
                lines.push(Line { mark, text });
            }
            shown = operation.old_range().end;
        }
    }
    lines.extend(hidden(before.lines().count().saturating_sub(shown)));
    lines
}

fn hidden(lines: usize) -> Option<Line> {
    let noun = if lines == 1 { "line" } else { "lines" };
    (lines > 0).then(|| Line { mark: Mark::Hidden, text: format!("({lines} unchanged {noun})") })
}
