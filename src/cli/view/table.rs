//! Columns of text, aligned by what a terminal shows.

use unicode_width::UnicodeWidthStr;

/// Rows under a heading, two spaces between columns, no trailing spaces, as kubectl prints lists.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let heading: Vec<String> = heading.iter().map(|cell| (*cell).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&heading).chain(rows).collect();
    let columns = all.iter().map(|row| row.len()).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..columns).map(|n| all.iter().filter_map(|row| row.get(n)).map(|c| width(c)).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in all {
        let mut line = String::new();
        for (cell, width_of_column) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width_of_column - width(cell) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn width(cell: &str) -> usize {
    UnicodeWidthStr::width(anstream::adapter::strip_str(cell).to_string().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_display_width() {
        let rows =
            vec![vec!["日本".into(), "1".into()], vec!["a".into(), "22".into()], vec!["\u{1b}[31mred\u{1b}[0m".into()]];
        assert_eq!(table(&["NAME", "N"], &rows), "NAME  N\n日本  1\na     22\n\u{1b}[31mred\u{1b}[0m\n");
    }
}
