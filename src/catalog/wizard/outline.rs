//! Blocks as they will be written, and their text. The layout's last touch is the formatter's.

use super::answer::Answer;
use crate::lang::is_identifier;
use crate::lang::quoted;

/// Text of a map that is longer stands on lines of its own.
const LONGEST_MAP: usize = 72;

/// A block with expressions as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outline {
    pub kind: String,
    pub label: String,
    /// Lines above it.
    pub comment: Vec<String>,
    pub arguments: Vec<(String, String)>,
    pub blocks: Vec<Outline>,
}

impl Outline {
    pub fn new(kind: &str, label: &str) -> Self {
        Self { kind: kind.to_owned(), label: label.to_owned(), ..Self::default() }
    }

    /// The same with one more argument.
    pub fn with(mut self, name: &str, expression: impl Into<String>) -> Self {
        self.arguments.push((name.to_owned(), expression.into()));
        self
    }

    /// The block of a kind and label in it; made where there is none.
    pub fn nested(&mut self, kind: &str, label: &str) -> &mut Outline {
        nested(&mut self.blocks, kind, label)
    }

    pub fn write(&self, out: &mut String) {
        for line in &self.comment {
            out.push_str(&format!("# {line}\n"));
        }
        let label = if self.label.is_empty() { String::new() } else { format!(" {}", quoted(&self.label)) };
        if self.arguments.is_empty() && self.blocks.is_empty() {
            out.push_str(&format!("{}{label} {{}}\n", self.kind));
            return;
        }
        out.push_str(&format!("{}{label} {{\n", self.kind));
        for (name, expression) in &self.arguments {
            out.push_str(&format!("{name} = {expression}\n"));
        }
        for (n, block) in self.blocks.iter().enumerate() {
            if n > 0 || !self.arguments.is_empty() {
                out.push('\n');
            }
            block.write(out);
        }
        out.push_str("}\n");
    }
}

/// The block of a kind and label among others; made where there is none.
pub(super) fn nested<'a>(blocks: &'a mut Vec<Outline>, kind: &str, label: &str) -> &'a mut Outline {
    let place = blocks.iter().position(|block| block.kind == kind && block.label == label);
    let place = place.unwrap_or_else(|| {
        blocks.push(Outline::new(kind, label));
        blocks.len() - 1
    });
    &mut blocks[place]
}

/// An answer as an expression; `None` where it is left open.
pub(super) fn expression(answer: &Answer) -> Option<String> {
    Some(match answer {
        Answer::Nothing => return None,
        Answer::Text(text) => quoted(text),
        Answer::Number(number) => number.to_string(),
        Answer::Bool(truth) => truth.to_string(),
        Answer::Texts(texts) => format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        Answer::Map(map) if map.is_empty() => return None,
        Answer::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value))).collect();
            let line = format!("{{ {} }}", entries.join(", "));
            match line.len() > LONGEST_MAP {
                true => format!("{{\n{}\n}}", entries.join("\n")),
                false => line,
            }
        }
    })
}

fn key(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_evaluated() {
        assert_eq!(quoted("a \"b\" ${c} %{d} $e \\ \n\u{7}"), r#""a \"b\" $${c} %%{d} $e \\ \n\u0007""#);
    }

    #[test]
    fn maps_are_on_one_line_where_they_fit() {
        let map = |length: usize| {
            let entries = [("cpu".to_owned(), "1".repeat(length)), ("nvidia.com/gpu".to_owned(), "2".to_owned())];
            expression(&Answer::Map(entries.into()))
        };
        assert_eq!(map(1).as_deref(), Some("{ cpu = \"1\", \"nvidia.com/gpu\" = \"2\" }"));
        assert_eq!(map(50).map(|text| text.lines().count()), Some(4));
        assert_eq!(expression(&Answer::Map([].into())), None);
    }
}
