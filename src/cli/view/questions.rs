//! The questions of `init` as a person reads them, in 80 columns.

use unicode_width::UnicodeWidthStr;

use super::Paint;
use crate::catalog::wizard::Ask;
use crate::catalog::wizard::Offer;
use crate::config::schema::Kind;
use crate::ops::Summary;

/// Columns of a line.
const WIDTH: usize = 78;
/// Of more choices the rest is left to the completion.
const MOST: usize = 12;

pub const WELCOME: &str = "\
Enter takes what stands in [brackets]; Tab completes; < goes back; ? explains.
Ctrl-C ends it: nothing is written before the last question.
";

/// What comes above a group of questions.
pub fn heading(ask: &Ask) -> String {
    if ask.item.is_empty() { ask.section.clone() } else { format!("{}: {}", ask.section, ask.item) }
}

/// What there is to choose from, each with a word about it.
pub fn choices(ask: &Ask, offer: &Offer) -> Vec<(String, String)> {
    match (offer.choices.is_empty(), &ask.argument.kind) {
        (false, _) => offer.choices.clone(),
        (_, Kind::Bool) => Vec::new(),
        _ => ask.argument.choices.iter().map(|choice| (choice.clone(), String::new())).collect(),
    }
}

/// The first sentence of what it is about, and a numbered list.
pub fn question(ask: &Ask, choices: &[(String, String)], paint: Paint) -> String {
    let mut text = String::new();
    let about = first_sentence(&documentation(ask));
    if about.trim_end_matches('.') != ask.title {
        text.push_str(&format!("{}\n", paint.dim(&wrapped(&about, ""))));
    }
    let width = choices.iter().take(MOST).map(|(name, _)| name.width()).max().unwrap_or_default();
    for (n, (name, word)) in choices.iter().take(MOST).enumerate() {
        let space = " ".repeat(width - name.width());
        let lead = format!("  {:>2}  {name}{space}  ", n + 1);
        let hanging = " ".repeat(lead.width());
        // A word about it stands beside it, on as many lines as it takes.
        let word = wrapped(word, &hanging);
        text.push_str(format!("{lead}{}", word.trim_start()).trim_end());
        text.push('\n');
    }
    if choices.len() > MOST {
        text.push_str(&format!("      and {} more: Tab shows them\n", choices.len() - MOST));
    }
    text
}

pub fn prompt(ask: &Ask, default: Option<&str>) -> String {
    match default {
        Some(default) => format!("{} [{default}]: ", ask.title),
        None if ask.required => format!("{}: ", ask.title),
        None => format!("{} [none]: ", ask.title),
    }
}

/// All that is known of a question.
pub fn help(ask: &Ask, choices: &[(String, String)]) -> String {
    let mut text = format!("{}\n", wrapped(&documentation(ask), "  "));
    let form = match ask.argument.kind {
        Kind::Texts => "Several, with commas between them.",
        Kind::TextMap => "As key=value, with commas between several.",
        Kind::Bool => "yes or no.",
        _ => "",
    };
    let rule = ask.argument.rule.as_ref().map_or(String::new(), |rule| format!("It takes {}.", rule.documentation));
    let otherwise = match ask.argument.otherwise.as_str() {
        "" => String::new(),
        otherwise => format!("Without an answer: {otherwise}."),
    };
    for line in [form, &rule, &otherwise, &format!("As a flag: --set {}=VALUE", ask.key)] {
        if !line.is_empty() {
            text.push_str(&format!("{}\n", wrapped(line, "  ")));
        }
    }
    for (name, word) in choices.iter().skip(MOST) {
        text.push_str(&format!("{}\n", shortened(format!("      {name}  {word}").trim_end())));
    }
    text
}

/// What was typed, or what its number stands for.
pub fn chosen(typed: &str, choices: &[(String, String)]) -> String {
    let parts = typed.split(',').map(|part| {
        let part = part.trim();
        let number = part.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let named = choices.iter().any(|(name, _)| name == part);
        let numbered = number.filter(|_| !named).and_then(|number| choices.get(number));
        numbered.map_or(part, |(name, _)| name)
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What will be written.
pub fn summary(summary: &Summary, paint: Paint) -> String {
    let mut text = format!("\n{}\n", paint.bold("Summary"));
    let width = summary.rows.iter().map(|(_, title, _)| title.width()).max().unwrap_or_default();
    for (_, title, answer) in &summary.rows {
        let space = " ".repeat(width - title.width());
        text.push_str(&format!("{}\n", shortened(&format!("  {title}{space}  {answer}"))));
    }
    if let Some(cost) = &summary.cost {
        text.push_str(&format!("  {}\n", paint.bold(&format!("Cost: {cost}"))));
    }
    if !summary.remarks.is_empty() {
        text.push('\n');
    }
    for remark in &summary.remarks {
        text.push_str(&format!("{}\n", wrapped(remark, "  ")));
    }
    text.push('\n');
    text
}

/// What to run then.
///
/// # Arguments
///
/// * `variables`: secret ones, which each run is to be given.
/// * `chdir`: where it was written, if not here.
pub fn next_commands(variables: &[String], chdir: Option<&str>, provider: &str, paint: Paint) -> String {
    let chdir = chdir.map_or(String::new(), |directory| format!(" --chdir {}", word(directory)));
    let mut text = format!("\n{}\n", paint.bold("What comes next:"));
    for variable in variables {
        text.push_str(&format!("  read -rs STACKWRIGHT_VAR_{variable} && export STACKWRIGHT_VAR_{variable}\n"));
    }
    if provider == "kubernetes" {
        text.push_str(&format!("  stackwright preflight{chdir}\n"));
    }
    text.push_str(&format!("  stackwright plan{chdir}\n  stackwright apply{chdir}\n"));
    text
}

/// A word as a shell takes it.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./_-+=@%:,".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Without the marks of code.
fn documentation(ask: &Ask) -> String {
    ask.argument.documentation.replace('`', "")
}

fn first_sentence(text: &str) -> String {
    let end = text
        .match_indices(". ")
        .map(|(place, _)| place)
        .find(|place| text[place + 2..].chars().next().is_some_and(char::is_uppercase));
    end.map_or(text, |end| &text[..=end]).to_owned()
}

/// Lines of at most 78 columns, each behind an indent.
pub fn wrapped(text: &str, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines.join("\n")
}

fn shortened(line: &str) -> String {
    if line.width() <= WIDTH {
        return line.to_owned();
    }
    let mut short = String::new();
    for c in line.chars() {
        if short.width() + 2 > WIDTH {
            break;
        }
        short.push(c);
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_for_choices() {
        let choices: Vec<(String, String)> = ["1.9.1", "2", "b"].map(|name| (name.to_owned(), String::new())).into();
        for (typed, expected) in
            [("1", "1.9.1"), ("2", "2"), ("3", "b"), ("4", "4"), ("0", "0"), ("1, b", "1.9.1, b"), ("", "")]
        {
            assert_eq!(chosen(typed, &choices), expected, "{typed}");
        }
    }

    #[test]
    fn lines_fit_a_terminal() {
        let text = "word ".repeat(40);
        assert!(wrapped(&text, "  ").lines().all(|line| line.width() <= WIDTH && line.starts_with("  word")));
        assert_eq!(shortened(&"x".repeat(100)).width(), WIDTH);
        assert_eq!(first_sentence("Of v1.3. as is. Then more."), "Of v1.3. as is.");
        assert_eq!((word("a/b"), word("it's a")), ("a/b".to_owned(), "'it'\\''s a'".to_owned()));
    }
}
