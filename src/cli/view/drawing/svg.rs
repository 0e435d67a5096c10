//! SVG that browsers and pages show as it is: no script, nothing from elsewhere, colours by the reader's scheme.

use super::Drawing;
use super::layers;
use super::layers::Piece;
use super::layers::Placed;
use crate::cli::view::shortened::columns;
use crate::cli::view::shortened::shortened;

/// Columns of a name; longer ones lose their middle, and have it in their title.
const LONGEST: usize = 56;
/// A column of the font, a little more than most fonts have.
const COLUMN: f64 = 7.4;
const PADDING: f64 = 12.0;

const STYLE: &str = "\
svg{background:#fff}\
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-anchor:middle;fill:#1f2328}\
.note{font-size:11px;fill:#59636e}\
.line{fill:none;stroke:#818b98;stroke-width:1.2}\
.head{fill:#818b98}\
rect{fill:#f6f8fa;stroke:#818b98}\
.block rect{fill:#ddf4ff;stroke:#0969da}\
.provider rect,.module rect{fill:#fbefff;stroke:#8250df}\
.output rect{fill:#dafbe1;stroke:#1a7f37}\
.gate rect{fill:#fff8c5;stroke:#9a6700;stroke-dasharray:4 3}\
@media(prefers-color-scheme:dark){\
svg{background:#0d1117}\
text{fill:#f0f6fc}\
.note{fill:#9198a1}\
.line{stroke:#656c76}\
.head{fill:#656c76}\
rect{fill:#151b23;stroke:#656c76}\
.block rect{fill:#0c2d6b;stroke:#4493f8}\
.provider rect,.module rect{fill:#3c1e70;stroke:#ab7df8}\
.output rect{fill:#04260f;stroke:#3fb950}\
.gate rect{fill:#341a00;stroke:#d29922}}";

/// The drawing as a picture. Arrows lead down, from what needs to what is needed.
pub fn svg(drawing: &Drawing) -> String {
    picture(drawing, "", &format!("<style>{STYLE}</style>\n"))
}

/// The drawing as a part of a page, whose style says what it looks like; `label` is read to those who do not see it.
pub fn inline_svg(drawing: &Drawing, label: &str) -> String {
    picture(drawing, &format!(" aria-label=\"{}\"", escaped(label)), "")
}

fn picture(drawing: &Drawing, attributes: &str, style: &str) -> String {
    let names: Vec<String> = drawing.nodes.iter().map(|node| shortened(&node.name, LONGEST)).collect();
    let width = |(name, node): (&String, &super::Node)| {
        (columns(name).max(columns(&node.note)) as f64 * COLUMN + 2.0 * PADDING).ceil()
    };
    let widths: Vec<f64> = names.iter().zip(&drawing.nodes).map(width).collect();
    let layout = layers::lay(&widths, &drawing.needs());
    let (width, height) = (layout.width, layout.height);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\"{attributes}>\n{style}<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" \
         markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n"
    );
    layout.pieces.iter().for_each(|piece| text.push_str(&line(piece)));
    for ((node, name), place) in drawing.nodes.iter().zip(&names).zip(&layout.boxes) {
        text.push_str(&boxed(node, name, place));
    }
    text.push_str("</svg>\n");
    text
}

fn line(piece: &Piece) -> String {
    let ((x, y), (to_x, to_y)) = (piece.from, piece.to);
    let middle = (y + to_y) / 2.0;
    let mut path = format!("M{x} {y}C{x} {middle} {to_x} {middle} {to_x} {to_y}");
    if piece.on > 0.0 {
        path.push_str(&format!("v{}", piece.on));
    }
    let head = if piece.is_last { " marker-end=\"url(#head)\"" } else { "" };
    format!("<path class=\"line\" d=\"{path}\"{head}/>\n")
}

fn boxed(node: &super::Node, name: &str, place: &Placed) -> String {
    let Placed { x, y, width, height } = *place;
    let (centre, middle) = (x + width / 2.0, y + height / 2.0);
    let mut text = format!(
        "<g class=\"{}\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>",
        node.look.name(),
        escaped(&node.name),
    );
    if node.note.is_empty() {
        text.push_str(&format!("<text x=\"{centre}\" y=\"{}\">{}</text>", middle + 4.0, escaped(name)));
    } else {
        text.push_str(&format!("<text x=\"{centre}\" y=\"{}\">{}</text>", middle - 4.0, escaped(name)));
        let note = escaped(&node.note);
        text.push_str(&format!("<text class=\"note\" x=\"{centre}\" y=\"{}\">{note}</text>", middle + 13.0));
    }
    text.push_str("</g>\n");
    text
}

/// Text of XML 1.0, in which control characters cannot stand at all.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::drawn;
    use super::*;

    #[test]
    fn names_of_any_letters_are_text() {
        let drawing = drawn(&[("</text><script>&\"", &[1]), ("\u{1b}[2J漢\u{0}", &[])]);
        let text = svg(&drawing);
        assert!(text.contains("<title>&lt;/text&gt;&lt;script&gt;&amp;&quot;</title>"), "{text}");
        assert!(text.contains(">\u{fffd}[2J漢\u{fffd}</text>"), "{text}");
        assert!(!text.contains("<script"), "{text}");
    }

    #[test]
    fn elements_are_closed_and_nothing_comes_from_elsewhere() {
        let mut drawing = drawn(&[("a", &[1]), ("b", &[])]);
        drawing.nodes[0].note = "1 to add".into();
        let text = svg(&drawing);
        for name in ["svg", "style", "defs", "marker", "g", "title", "text"] {
            let opened = text.matches(&format!("<{name} ")).count() + text.matches(&format!("<{name}>")).count();
            assert_eq!(opened, text.matches(&format!("</{name}>")).count(), "{name}");
            assert!(opened > 0, "{name}");
        }
        assert_eq!(text.matches("http").count(), 1, "only the name of SVG itself");
        assert!(!text.contains("href") && !text.contains("@import"));
        assert!(text.contains("prefers-color-scheme:dark"));
    }

    #[test]
    fn a_box_holds_its_text() {
        let long = "platform.ml.x/Deployment.apps kubeflow/".to_owned() + &"漢".repeat(40);
        for name in ["a", "漢字漢字", long.as_str()] {
            let text = svg(&drawn(&[(name, &[])]));
            let width = text.split("<rect x=\"16\" y=\"16\" width=\"").nth(1).and_then(|rest| rest.split('"').next());
            let width: f64 = width.and_then(|width| width.parse().ok()).unwrap_or_else(|| panic!("{text}"));
            let shown = shortened(name, LONGEST);
            assert!(width >= columns(&shown) as f64 * COLUMN + 2.0 * PADDING, "{name}: {width}");
            assert!(text.contains(&format!("<title>{name}</title>")) && columns(&shown) <= LONGEST, "{name}");
        }
    }
}
