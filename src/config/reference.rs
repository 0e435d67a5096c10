//! The reference pages of blocks, from their schemas: what `stackwright docs` prints and `docs/reference` holds.

use super::schema::Argument;
use super::schema::Block;
use super::schema::Kind;

/// What is written about one block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// `platform.endpoint`
    pub path: String,
    pub documentation: String,
    pub example: String,
    /// What its label is; empty for none.
    pub label: String,
    pub rows: Vec<Row>,
    /// Its nested blocks: their paths, how often they may stand there, and what they are.
    pub blocks: Vec<(String, &'static str, String)>,
    /// A resource also takes what the language gives to every one.
    pub is_resource: bool,
}

/// One argument.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// `taints[].key` for a field of an object.
    pub name: String,
    pub kind: String,
    pub required: bool,
    /// In words or as one writes it; empty for none.
    pub default: String,
    /// Choices, a range or a rule; empty for anything.
    pub allowed: String,
    pub forces_replacement: bool,
    pub sensitive: bool,
    pub since: String,
    /// Names that cannot stand beside it.
    pub exclusive_with: Vec<String>,
    /// Names that must stand beside it.
    pub together: Vec<String>,
    /// Components that it needs, with the least version.
    pub needs: Vec<String>,
    pub documentation: String,
}

/// The pages of a block and of all nested in it, itself first; of its variants what is their own. `is_resource` tells of a
/// block by its type.
pub fn pages(path: &str, block: &Block, is_resource: bool) -> Vec<Page> {
    let mut rows = Vec::new();
    for argument in &block.arguments {
        add_rows("", argument, &mut rows);
    }
    let nested = |nested: &Block| (format!("{path}.{}", nested.name), how_often(nested), nested.documentation.clone());
    let variant = |one: &Block| (format!("{path}.{}", one.variant), "by its type", one.documentation.clone());
    let page = Page {
        path: path.to_owned(),
        documentation: block.documentation.clone(),
        example: block.example.clone(),
        label: block.label.clone(),
        rows,
        blocks: block.blocks.iter().map(nested).chain(block.variants.iter().map(variant)).collect(),
        is_resource,
    };
    let below = block.blocks.iter().flat_map(|nested| pages(&format!("{path}.{}", nested.name), nested, false));
    let variants = block.variants.iter().flat_map(|variant| {
        let mut own = variant.clone();
        // What all take is told once.
        own.label.clear();
        own.arguments.retain(|argument| block.argument(&argument.name).is_none());
        own.blocks.retain(|nested| block.block(&nested.name).is_none());
        pages(&format!("{path}.{}", own.variant), &own, false)
    });
    std::iter::once(page).chain(below).chain(variants).collect()
}

fn how_often(block: &Block) -> &'static str {
    match (block.minimum, block.maximum) {
        (0, Some(1)) => "at most one",
        (1, Some(1)) => "one",
        _ => "any number",
    }
}

fn add_rows(prefix: &str, argument: &Argument, rows: &mut Vec<Row>) {
    let name = format!("{prefix}{}", argument.name);
    rows.push(Row {
        kind: kind(&argument.kind),
        required: argument.required,
        default: default(argument),
        allowed: allowed(argument),
        forces_replacement: argument.immutable,
        sensitive: argument.sensitive,
        since: argument.since.clone(),
        exclusive_with: argument
            .exclusive_with
            .iter()
            .chain(Some(&argument.instead_of).filter(|name| !name.is_empty()))
            .cloned()
            .collect(),
        together: argument.together.clone(),
        needs: argument.needs.iter().map(|(name, least)| format!("{name} {least}").trim_end().to_owned()).collect(),
        documentation: argument.documentation.clone(),
        name: name.clone(),
    });
    if let Kind::Objects(fields) = &argument.kind {
        for field in &fields.0 {
            add_rows(&format!("{name}[]."), field, rows);
        }
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Text => "string".into(),
        Kind::Number => "number".into(),
        Kind::Bool => "bool".into(),
        Kind::Texts => "list of strings".into(),
        Kind::TextMap => "map of strings".into(),
        Kind::Changes => "map of strings or null".into(),
        Kind::Objects(_) => "list of objects".into(),
        Kind::Reference(kind) => format!("`{kind}` block"),
        Kind::ReferenceOrText(kind) => format!("`{kind}` block or string"),
        Kind::Provider => "provider".into(),
        Kind::Map => "map".into(),
        Kind::Any => "any".into(),
    }
}

fn default(argument: &Argument) -> String {
    match &argument.default {
        _ if argument.from_label => "the block's label".into(),
        Some(value) => format!("`{}`", value.to_json()),
        None => argument.otherwise.clone(),
    }
}

fn allowed(argument: &Argument) -> String {
    let mut parts = Vec::new();
    if !argument.choices.is_empty() {
        parts.push(argument.choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", "));
    }
    match (argument.minimum, argument.maximum) {
        (Some(least), Some(most)) => parts.push(format!("{least} to {most}")),
        (Some(least), None) => parts.push(format!("{least} or more")),
        (None, Some(most)) => parts.push(format!("{most} or less")),
        (None, None) => {}
    }
    parts.extend(argument.key_rule.as_ref().map(|keys| format!("keys: {}", keys.documentation)));
    parts.extend(argument.rule.as_ref().map(|rule| rule.documentation.clone()));
    parts.join("; ")
}

/// The page as Markdown, beginning with a heading of the given depth.
pub fn markdown(page: &Page, depth: usize) -> String {
    let heading = "#".repeat(depth);
    let mut text = format!("{heading} {}\n\n{}\n", page.path, page.documentation);
    if !page.label.is_empty() {
        text.push_str(&format!("\nIts label: {}.\n", page.label));
    }
    text.push_str(&format!("\n```hcl\n{}\n```\n", page.example));
    if !page.rows.is_empty() {
        text.push_str(
            "\n| argument | type | required | default | allowed | notes | meaning |\n|---|---|---|---|---|---|---|\n",
        );
    }
    for row in &page.rows {
        let cells = [
            format!("`{}`", row.name),
            row.kind.clone(),
            if row.required { "yes".into() } else { String::new() },
            row.default.clone(),
            row.allowed.clone(),
            notes(row).join("; "),
            row.documentation.clone(),
        ];
        let line = cells.map(|cell| cell.replace('|', "\\|")).join(" | ");
        text.push_str(&format!("| {line} |\n"));
    }
    if page.is_resource {
        text.push_str(&format!("\n{EVERY_RESOURCE}\n"));
    }
    if !page.blocks.is_empty() {
        text.push_str("\n| block | how often | meaning |\n|---|---|---|\n");
    }
    for (path, how_often, documentation) in &page.blocks {
        let anchor = path.replace('.', "");
        text.push_str(&format!("| [`{path}`](#{anchor}) | {how_often} | {documentation} |\n"));
    }
    text
}

/// What is said of every resource.
pub const EVERY_RESOURCE: &str =
    "Every resource also takes `for_each`, `count`, `depends_on`, `lifecycle` and `dynamic` blocks.";

/// What is special about an argument.
pub fn notes(row: &Row) -> Vec<String> {
    let mut notes = Vec::new();
    if row.forces_replacement {
        notes.push("forces replacement".to_owned());
    }
    if row.sensitive {
        notes.push("sensitive".to_owned());
    }
    if !row.exclusive_with.is_empty() {
        let names: Vec<String> = row.exclusive_with.iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!("not beside {}", names.join(", ")));
    }
    if !row.together.is_empty() {
        let names: Vec<String> = row.together.iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!("with {}", names.join(", ")));
    }
    if !row.needs.is_empty() {
        notes.push(format!("needs {}", row.needs.join(", ")));
    }
    if !row.since.is_empty() {
        notes.push(format!("since {}", row.since));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema;

    #[test]
    fn a_page_tells_everything() {
        let block = schema::block("node_pool").expect("a schema");
        let all = pages("node_pool", block, true);
        let paths: Vec<&str> = all.iter().map(|page| page.path.as_str()).collect();
        let nested = ["autoscaling", "block_storage", "advanced", "infrastructure", "bootstrap"];
        let expected = nested.map(|name| format!("node_pool.{name}"));
        assert_eq!(paths[0], "node_pool");
        assert_eq!(paths[1..], expected);
        let text = markdown(&all[0], 1);
        for part in [
            "# node_pool\n",
            "```hcl\nnode_pool \"gpu\" {\n",
            "| `cluster` | `cluster` block | yes |  |  | forces replacement |",
            "| `name` | string |  | the block's label |",
            "| `node_count` | number |  |  | 0 to 1000 | not beside `autoscaling` |",
            "| `taints[].effect` | string | yes |  | `NoSchedule`, `PreferNoSchedule`, `NoExecute` |",
            "| [`node_pool.autoscaling`](#node_poolautoscaling) | at most one |",
            EVERY_RESOURCE,
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(markdown(&all[2], 2).contains("| `type` | string |  | `\"SSD\"` | `SSD`, `HDD`, `SSD_Provisioned` |"));
    }

    #[test]
    fn everything_is_documented() {
        for block in schema::blocks() {
            for page in pages(&block.name, block, false) {
                assert!(!page.documentation.is_empty() && !page.example.is_empty(), "{}", page.path);
                for row in &page.rows {
                    assert!(row.documentation.ends_with(['.', ')']), "{}.{}", page.path, row.name);
                }
            }
        }
    }
}
