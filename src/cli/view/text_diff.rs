//! The difference of two texts, line by line, for a terminal.

use super::Paint;
use super::difference::Mark;
use super::difference::difference;

/// Changed lines with two lines around them, each line behind `indent`. Unchanged stretches are told by their length.
pub fn text_diff(before: &str, after: &str, indent: &str, paint: Paint) -> String {
    let mut text = String::new();
    for line in difference(before, after) {
        let shown = match line.mark {
            Mark::Remove => paint.red(&format!("- {}", line.text)),
            Mark::Add => paint.green(&format!("+ {}", line.text)),
            Mark::Same => format!("  {}", line.text),
            Mark::Hidden => paint.dim(&format!("  # {}", line.text)),
        };
        text.push_str(format!("{indent}{shown}").trim_end());
        text.push('\n');
    }
    text
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
