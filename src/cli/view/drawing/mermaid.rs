//! Mermaid, as pages of GitHub and GitLab draw it: <https://mermaid.js.org/syntax/flowchart.html>.

use super::Drawing;
use super::Group;
use super::Look;
use super::Node;

/// The drawing as a flow chart. Nodes are numbered; what people read is in their labels alone.
pub fn mermaid(drawing: &Drawing) -> String {
    let mut text = String::from("flowchart TD\n");
    group(drawing, &drawing.grouped(), 1, &mut 0, &mut text);
    for (at, node) in drawing.nodes.iter().enumerate() {
        for need in &node.needs {
            text.push_str(&format!("  n{at} --> n{need}\n"));
        }
    }
    let gates: Vec<String> = (0..drawing.nodes.len())
        .filter(|at| drawing.nodes[*at].look == Look::Gate)
        .map(|at| format!("n{at}"))
        .collect();
    if !gates.is_empty() {
        text.push_str(&format!("  classDef gate stroke-dasharray: 4 3\n  class {} gate\n", gates.join(",")));
    }
    text
}

fn group(drawing: &Drawing, content: &Group<'_>, depth: usize, number: &mut usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for at in &content.nodes {
        let node = &drawing.nodes[*at];
        let (open, close) = brackets(node.look);
        text.push_str(&format!("{indent}n{at}{open}\"{}\"{close}\n", label(node)));
    }
    for (name, inner) in &content.groups {
        text.push_str(&format!("{indent}subgraph g{number}[\"{}\"]\n", escaped(name)));
        *number += 1;
        group(drawing, inner, depth + 1, number, text);
        text.push_str(&format!("{indent}end\n"));
    }
}

/// What the label stands between, which is the node's shape.
fn brackets(look: Look) -> (&'static str, &'static str) {
    match look {
        Look::Block => ("[", "]"),
        Look::Provider => ("[(", ")]"),
        Look::Module => ("[[", "]]"),
        Look::Value => ("([", "])"),
        Look::Output => ("[/", "/]"),
        Look::Gate => ("{{", "}}"),
    }
}

fn label(node: &Node) -> String {
    match node.note.as_str() {
        "" => escaped(&node.name),
        note => format!("{}<br/>{}", escaped(&node.name), escaped(note)),
    }
}

/// Text of a label between quotes. Whatever Mermaid takes for its own there (quotes, HTML, Markdown, entities, `\n`) is
/// written by its number.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut is_after_letter = false;
    while let Some(c) = letters.next() {
        // Within a word an underscore emphasises nothing.
        let is_within = is_after_letter && letters.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '\n' => escaped.push_str("<br/>"),
            '_' if is_within => escaped.push('_'),
            '"' | '#' | '&' | '<' | '>' | '\\' | '`' | '*' | '_' | ';' => {
                escaped.push_str(&format!("#{};", u32::from(c)));
            }
            '\r' => {}
            c => escaped.push(c),
        }
        is_after_letter = c.is_alphanumeric();
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::drawn;
    use super::*;

    #[test]
    fn labels_hold_nothing_that_mermaid_takes_for_its_own() {
        for (name, expected) in [
            ("a\"b", "a#34;b"),
            ("back\\n", "back#92;n"),
            ("<b>&lt;#1", "#60;b#62;#38;lt#59;#35;1"),
            ("`md` _x_ *y*", "#96;md#96; #95;x#95; #42;y#42;"),
            ("storage_class.x", "storage_class.x"),
            ("two\nlines", "two<br/>lines"),
            ("ünï漢 end ]", "ünï漢 end ]"),
        ] {
            assert_eq!(escaped(name), expected);
            let text = mermaid(&drawn(&[("x", &[1]), (name, &[])]));
            assert_eq!(text, format!("flowchart TD\n  n0[\"x\"]\n  n1[\"{expected}\"]\n  n0 --> n1\n"));
        }
    }

    #[test]
    fn gates_are_dashed() {
        let mut drawing = drawn(&[("a", &[]), ("b", &[0])]);
        drawing.nodes[1].look = Look::Gate;
        drawing.nodes[0].groups = vec!["cluster.main".into()];
        let text = "flowchart TD\n  n1{{\"b\"}}\n  subgraph g0[\"cluster.main\"]\n    n0[\"a\"]\n  end\n  n1 --> n0\n  \
                    classDef gate stroke-dasharray: 4 3\n  class n1 gate\n";
        assert_eq!(mermaid(&drawing), text);
    }
}
