//! What reaches a terminal and is not ours: control characters are written out, so that no text of a cluster, a file or a
//! record moves the cursor, erases a line, or turns a line's direction. Not what is secret.

use std::borrow::Cow;

/// The text with all characters written out (`\u001b`) that a terminal would act on instead of showing them: C0 and C1
/// controls (ECMA-48) but for line breaks and tabs, and Unicode's bidirectional controls (UAX #9). What only chooses a
/// colour or weight stays: that is how our own views are painted, and it can do no harm. In JSON, where such characters
/// stand only in texts, it is the same text.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = paint(rest).unwrap_or(c.len_utf8());
        if acts(c) && length == c.len_utf8() {
            shown.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            shown.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    Cow::Owned(shown)
}

fn acts(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The length of a sequence that chooses a colour or weight (SGR), where the text begins with one. Concealed text (8) is
/// none of ours.
fn paint(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    let conceals = parameters[..end].split(';').any(|parameter| parameter.trim_start_matches('0') == "8");
    (parameters[end..].starts_with('m') && !conceals).then_some("\u{1b}[".len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        for (text, expected) in [
            ("plain\n\ttext, é and 漢", "plain\n\ttext, é and 漢"),
            ("\u{1b}[1m\u{1b}[31mred\u{1b}[0m", "\u{1b}[1m\u{1b}[31mred\u{1b}[0m"),
            ("\u{1b}[38;5;3mx", "\u{1b}[38;5;3mx"),
            ("\u{1b}[2Jx", "\\u001b[2Jx"),
            ("\u{1b}[1Ax\u{1b}[K", "\\u001b[1Ax\\u001b[K"),
            ("\u{1b}]0;title\u{7}", "\\u001b]0;title\\u0007"),
            ("\u{1b}[8mhidden", "\\u001b[8mhidden"),
            ("\u{1b}[0;08mhidden", "\\u001b[0;08mhidden"),
            ("\u{1b}[", "\\u001b["),
            ("a\rb\u{8}", "a\\u000db\\u0008"),
            ("\u{9b}2J \u{202e}evil\u{2069}", "\\u009b2J \\u202eevil\\u2069"),
        ] {
            assert_eq!(visible(text), expected, "{text:?}");
        }
    }
}
