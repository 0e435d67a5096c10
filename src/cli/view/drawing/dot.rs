//! DOT, the language of graphviz: <https://graphviz.org/doc/info/lang.html>.

use super::Drawing;
use super::Group;
use super::Look;
use super::Node;

/// The drawing in DOT. An arrow leads from what needs to what is needed, as in Terraform's.
pub fn dot(drawing: &Drawing) -> String {
    let mut text = String::from(
        "digraph {\n  rankdir = \"TB\"\n  compound = \"true\"\n  node [shape = \"box\", style = \"rounded\", fontname = \
         \"monospace\"]\n",
    );
    group(drawing, &drawing.grouped(), 1, &mut 0, &mut text);
    for node in &drawing.nodes {
        for need in &node.needs {
            text.push_str(&format!("  {} -> {}\n", identifier(&node.name), identifier(&drawing.nodes[*need].name)));
        }
    }
    text.push_str("}\n");
    text
}

fn group(drawing: &Drawing, content: &Group<'_>, depth: usize, number: &mut usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for at in &content.nodes {
        let node = &drawing.nodes[*at];
        text.push_str(&format!("{indent}{} [label = {}{}]\n", identifier(&node.name), label(node), style(node.look)));
    }
    for (name, inner) in &content.groups {
        // Graphviz draws a frame around subgraphs with this beginning.
        text.push_str(&format!("{indent}subgraph \"cluster_{number}\" {{\n{indent}  label = \"{}\"\n", escaped(name)));
        *number += 1;
        group(drawing, inner, depth + 1, number, text);
        text.push_str(&format!("{indent}}}\n"));
    }
}

fn style(look: Look) -> &'static str {
    match look {
        Look::Block => "",
        Look::Provider => ", shape = \"cylinder\", style = \"\"",
        Look::Module => ", shape = \"folder\", style = \"\"",
        Look::Value => ", shape = \"ellipse\", style = \"\"",
        Look::Output => ", shape = \"note\", style = \"\"",
        Look::Gate => ", shape = \"hexagon\", style = \"dashed\"",
    }
}

/// A name in quotes. Within them only the quote itself is taken for something else; a backslash before it would take it
/// away, so there are two.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"))
}

fn label(node: &Node) -> String {
    match node.note.as_str() {
        "" => format!("\"{}\"", escaped(&node.name)),
        note => format!("\"{}\\n{}\"", escaped(&node.name), escaped(note)),
    }
}

/// Text of a label, in which graphviz reads escapes (`\n`, `\N`, …) and HTML's entities.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '&' => escaped.push_str("&amp;"),
            '\n' => escaped.push_str("\\n"),
            '\r' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::drawn;
    use super::*;

    /// Words of DOT: quoted texts as they stand between their quotes, other words, and single marks. `None` for what
    /// graphviz would not read.
    fn words(text: &str) -> Option<Vec<String>> {
        let mut words = Vec::new();
        let mut letters = text.chars().peekable();
        while let Some(c) = letters.next() {
            match c {
                c if c.is_whitespace() => {}
                '"' => {
                    let mut word = String::from('"');
                    loop {
                        match letters.next()? {
                            '\\' => word.extend(['\\', letters.next()?]),
                            '"' => break,
                            '\n' => return None,
                            c => word.push(c),
                        }
                    }
                    words.push(word);
                }
                '{' | '}' | '[' | ']' | '=' | ',' => words.push(c.to_string()),
                '-' if letters.next_if_eq(&'>').is_some() => words.push("->".into()),
                c if c.is_ascii_alphabetic() => {
                    let mut word = String::from(c);
                    while let Some(c) = letters.next_if(char::is_ascii_alphabetic) {
                        word.push(c);
                    }
                    words.push(word);
                }
                _ => return None,
            }
        }
        Some(words)
    }

    #[test]
    fn names_of_any_letters_are_one_word() {
        let names = ["a\"b", "back\\", "\\\"", "two\nlines", "ünï漢", "<b>&lt;", "} -> {", "\\N"];
        for name in names {
            let drawing = drawn(&[("x", &[1]), (name, &[])]);
            let words = words(&dot(&drawing)).unwrap_or_else(|| panic!("{name}: {}", dot(&drawing)));
            let count = |word: &str| words.iter().filter(|known| *known == word).count();
            assert_eq!((count("{"), count("}"), count("->")), (1, 1, 1), "{name}");
            let arrow = words.iter().position(|word| word == "->").unwrap();
            assert_eq!(words[arrow - 1], "\"x");
            // The arrow leads to the node that is declared.
            assert!(words[..arrow - 1].contains(&words[arrow + 1]), "{name}");
        }
    }

    #[test]
    fn labels_are_shown_as_they_are() {
        assert_eq!(escaped("a\\N \"q\" &lt;\nb"), "a\\\\N \\\"q\\\" &amp;lt;\\nb");
    }

    #[test]
    fn groups_lie_in_each_other() {
        let mut drawing = drawn(&[("a", &[]), ("b", &[0]), ("c", &[])]);
        drawing.nodes[1].groups = vec!["module.m".into(), "module.m.module.n".into()];
        drawing.nodes[2].groups = vec!["module.m".into()];
        let text = dot(&drawing);
        let inner = "  subgraph \"cluster_0\" {\n    label = \"module.m\"\n    \"c\" [label = \"c\"]\n    subgraph \
                     \"cluster_1\" {\n      label = \"module.m.module.n\"\n      \"b\" [label = \"b\"]\n    }\n  }\n";
        assert!(text.contains(inner), "{text}");
    }
}
