//! Texts in so many columns of a terminal.

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// A text in so many columns, without its middle where it is longer: beginnings and ends of names and reasons tell most.
pub fn shortened(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let half = width.saturating_sub(1) / 2;
    let part = |letters: &mut dyn Iterator<Item = char>, room: usize| {
        let mut taken = 0;
        let fits = |c: &char| {
            taken += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
            taken <= room
        };
        letters.take_while(fits).collect::<String>()
    };
    let end: String = part(&mut text.chars().rev(), half).chars().rev().collect();
    let begin = part(&mut text.chars(), width.saturating_sub(1 + columns(&end)));
    format!("{begin}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_in_the_middle() {
        for (text, width, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "ab…ef"),
            ("abcdef", 4, "ab…f"),
            ("abcdef", 1, "…"),
            ("漢字漢字", 5, "漢…字"),
        ] {
            assert_eq!(shortened(text, width), expected, "{width}");
        }
    }
}
