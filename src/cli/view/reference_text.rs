//! Reference pages for a terminal.

use super::Paint;
use super::table;
use crate::config::reference::EVERY_RESOURCE;
use crate::config::reference::Page;
use crate::config::reference::Row;
use crate::config::reference::notes;

/// Text is broken before this column.
const WIDTH: usize = 100;

/// All blocks with their first sentences.
pub fn reference_list(pages: &[Page], paint: Paint) -> String {
    let row = |page: &Page| vec![page.path.clone(), first_sentence(&page.documentation)];
    let rows: Vec<Vec<String>> = pages.iter().map(row).collect();
    format!("{}\n{}\n", table(&["BLOCK", "WHAT IT IS"], &rows), paint.dim("stackwright docs BLOCK prints its page."))
}

/// One page.
pub fn reference_page(page: &Page, paint: Paint) -> String {
    let mut text = format!("{}\n\n{}", paint.bold(&page.path), wrapped(&page.documentation, 2));
    if !page.label.is_empty() {
        text.push_str(&format!("\n  Its label: {}.\n", page.label));
    }
    text.push_str(&format!("\n{}\n\n", paint.bold("Example")));
    text.extend(page.example.lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n"));
    if !page.rows.is_empty() {
        text.push_str(&format!("\n{}\n", paint.bold("Arguments")));
    }
    for row in &page.rows {
        text.push_str(&argument(row, paint));
    }
    if page.is_resource {
        text.push_str(&format!("\n{}", wrapped(EVERY_RESOURCE, 2)));
    }
    if !page.blocks.is_empty() {
        text.push_str(&format!("\n{}\n\n", paint.bold("Blocks")));
        let row = |(path, how_often, documentation): &(String, &'static str, String)| {
            vec![format!("  {path}"), (*how_often).to_owned(), first_sentence(documentation)]
        };
        text.push_str(&table(
            &["  BLOCK", "HOW OFTEN", "WHAT IT IS"],
            &page.blocks.iter().map(row).collect::<Vec<_>>(),
        ));
    }
    text
}

fn argument(row: &Row, paint: Paint) -> String {
    let plain = |text: &str| text.replace('`', "");
    let mut facts = vec![plain(&row.kind)];
    if row.required {
        facts.push("required".to_owned());
    }
    facts.extend(notes(row).iter().map(|note| plain(note)));
    let mut text = format!("\n  {}  {}\n", paint.bold(&row.name), facts.join(", "));
    text.push_str(&wrapped(&row.documentation, 6));
    if !row.allowed.is_empty() {
        text.push_str(&wrapped(&format!("Allowed: {}.", row.allowed), 6));
    }
    if !row.default.is_empty() {
        text.push_str(&wrapped(&format!("Default: {}.", row.default), 6));
    }
    text
}

fn first_sentence(text: &str) -> String {
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text[..end].replace('`', "")
}

/// A paragraph, indented and broken between words. Terminals have no use for Markdown's marks.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.replace('`', "").split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && indent + last + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}
