//! The difference of two texts, line by line.

use similar::ChangeTag;
use similar::TextDiff;

use super::Paint;

/// Changed lines with two lines around them, each line behind `indent`. Unchanged stretches are told by their length.
pub fn text_diff(before: &str, after: &str, indent: &str, paint: Paint) -> String {
    let diff = TextDiff::configure()
        .algorithm(similar::Algorithm::Patience)
        .timeout(std::time::Duration::from_secs(1))
        .diff_lines(before, after);
    let mut text = String::new();
    let mut shown = 0;
    for group in diff.grouped_ops(2) {
        if let Some(first) = group.first() {
            hidden(&mut text, indent, first.old_range().start.saturating_sub(shown), paint);
        }
        for operation in &group {
            for change in diff.iter_changes(operation) {
                let line = change.value().trim_end_matches(['\n', '\r']);
                let line = match change.tag() {
                    ChangeTag::Delete => paint.red(&format!("- {line}")),
                    ChangeTag::Insert => paint.green(&format!("+ {line}")),
                    ChangeTag::Equal => format!("  {line}"),
                };
                text.push_str(format!("{indent}{line}").trim_end());
                text.push('\n');
            }
            shown = operation.old_range().end;
        }
    }
    hidden(&mut text, indent, before.lines().count().saturating_sub(shown), paint);
    text
}

fn hidden(text: &mut String, indent: &str, lines: usize, paint: Paint) {
    if lines > 0 {
        let noun = if lines == 1 { "line" } else { "lines" };
        text.push_str(&format!("{indent}{}\n", paint.dim(&format!("  # ({lines} unchanged {noun})"))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_changed_and_counts_the_rest() {
        let before = "a\nb\nc\nd\ne\nf\n";
        let after = "a\nb\nc\nd\nE\nf\n";
        assert_eq!(
            text_diff(before, after, "  ", Paint::new(false)),
            "    # (2 unchanged lines)\n    c\n    d\n  - e\n  + E\n    f\n"
        );
        assert_eq!(text_diff("x\n", "x\n", "", Paint::new(false)), "  # (1 unchanged line)\n");
    }
}
