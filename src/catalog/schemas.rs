//! What the blocks of `module.hcl`, releases and `provider.hcl` may hold: schemas as those of a configuration.

use std::sync::LazyLock;

use crate::config::Decoder;
use crate::config::Node;
use crate::config::Unknown;
use crate::config::schema;
use crate::config::schema::Block;
use crate::diag::Diagnostics;
use crate::lang;

/// Files that describe them.
const FILES: [(&str, &str); 8] = [
    ("component.hcl", include_str!("schema/component.hcl")),
    ("generated.hcl", include_str!("schema/generated.hcl")),
    ("export.hcl", include_str!("schema/export.hcl")),
    ("menu.hcl", include_str!("schema/menu.hcl")),
    ("people.hcl", include_str!("schema/people.hcl")),
    ("gateway.hcl", include_str!("schema/gateway.hcl")),
    ("release.hcl", include_str!("schema/release.hcl")),
    ("provider.hcl", include_str!("schema/provider.hcl")),
];

static BLOCKS: LazyLock<Vec<Block>> = LazyLock::new(|| schema::read(&FILES).0);

/// The blocks of definitions.
pub fn definitions() -> &'static [Block] {
    &BLOCKS
}

/// Decodes a block of a definition. What is not known yet is left out: the definition is read again when it is.
pub(super) fn decode(block: &lang::Block, diagnostics: &mut Diagnostics) -> Option<Node<'static>> {
    let schema = definitions().iter().find(|schema| schema.name == block.kind)?;
    Decoder::new(None, Unknown::LeftOut, diagnostics).block(schema, block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::lang::NoFiles;
    use crate::lang::Scope;
    use crate::lang::evaluate_definition;

    /// Files of `schema::FILES` that hold only variants of a block.
    const VARIANT_FILES: usize = 2;

    /// The schemas of schemas hold for all that describe blocks, themselves too.
    #[test]
    fn schemas_follow_their_own_schema() {
        let files: Vec<(&str, &str)> = schema::FILES.iter().chain(&FILES).copied().collect();
        let (blocks, diagnostics) = schema::read(&files);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(blocks.len() + VARIANT_FILES, files.len());
        let argument = definitions().iter().find(|block| block.name == "provider").and_then(|p| p.block("argument"));
        let argument = argument.expect("provider.hcl has arguments");
        let mut sources = Sources::new();
        let ids: Vec<_> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
        let found =
            evaluate_definition(&sources, &ids, &["block", "shared", "variant"], &Scope::default(), &[], &NoFiles);
        let mut diagnostics = Diagnostics::new();
        let mut open: Vec<&lang::Block> = found.blocks.iter().collect();
        let mut seen = 0;
        while let Some(block) = open.pop() {
            open.extend(block.body.blocks_of("block"));
            let names = [
                "documentation",
                "example",
                "label",
                "label_rule",
                "label_repeats",
                "minimum",
                "maximum",
                "identity",
                "include",
                "provider_specific",
                "decided_by",
                "of",
                "field",
                "calls_back",
                "needs",
            ];
            let unknown: Vec<&String> =
                block.body.attributes.keys().filter(|name| !names.contains(&name.as_str())).collect();
            assert!(unknown.is_empty(), "{:?}: {unknown:?}", block.labels);
            for described in block.body.blocks_of("argument") {
                seen += 1;
                Decoder::new(None, Unknown::Refused, &mut diagnostics).block(argument, described);
            }
        }
        let texts: Vec<String> = diagnostics
            .iter()
            .map(|d| format!("{} {}", sources.locate(d.span.unwrap_or_default()), d.detail))
            .collect();
        assert!(texts.is_empty(), "{texts:#?}");
        assert!(seen > 100, "{seen} arguments");
    }
}
