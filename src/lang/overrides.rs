//! Override files: `override.hcl` and `*_override.hcl` change blocks that other files of their module declare, as
//! Terraform's do. Works on syntax, before anything is declared; evaluates nothing.
//!
//! An argument takes the place of the one of its name, nested blocks take the place of all blocks of their type, and
//! `lifecycle` is merged in turn (Terraform 1.11, "Override Files"). What nothing declares is not overridden but refused,
//! except a provider, which is added.

use super::syntax::SyntaxAttribute;
use super::syntax::SyntaxBlock;
use super::syntax::SyntaxBody;
use crate::diag::Diagnostic;
use crate::diag::Diagnostics;

/// Blocks that record what happened, and are the same whoever overrides what.
const NEVER: [&str; 4] = ["moved", "removed", "import", "check"];
/// Two blocks of these never stand for one thing.
const LOCALS: &str = "locals";
/// Of these the arguments are overridden one by one in a block within.
const MERGED_WITHIN: &str = "lifecycle";
const ORDER: &str = "depends_on";

/// Whether a file overrides others, by its path.
pub(super) fn is_override(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".hcl").unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// Changes the files of a module by an override file. Gives what of that stands for itself: what is to be added, and what
/// whoever reads declarations will refuse.
pub(super) fn override_by(base: &mut [SyntaxBody], over: SyntaxBody, diagnostics: &mut Diagnostics) -> SyntaxBody {
    let SyntaxBody { attributes, blocks, span } = over;
    let mut rest = SyntaxBody { attributes, blocks: Vec::new(), span };
    for block in blocks {
        let kind = block.kind.text.as_str();
        if NEVER.contains(&kind) {
            let detail =
                format!("\"{kind}\" blocks stand in other files; an override file changes what those declare.");
            diagnostics.push(Diagnostic::error("Unsupported override", detail).at(block.span));
        } else if kind == LOCALS {
            rest.blocks.extend(override_locals(base, block, diagnostics));
        } else if let Some(found) = find(base, &block) {
            merge(&mut found.body, block.body, diagnostics);
        } else if kind == "provider" {
            rest.blocks.push(block);
        } else {
            let detail = format!(
                "No other file of this directory has {}. An override file changes blocks that are declared already; a new \
                 one belongs into a file of another name.",
                head(&block)
            );
            diagnostics.push(Diagnostic::error("Nothing to override", detail).at(block.span));
        }
    }
    rest
}

/// Gives the block back as far as it is no list of names.
fn override_locals(base: &mut [SyntaxBody], block: SyntaxBlock, diagnostics: &mut Diagnostics) -> Option<SyntaxBlock> {
    let mut rest = block;
    for attribute in std::mem::take(&mut rest.body.attributes) {
        let locals = base.iter_mut().flat_map(|body| &mut body.blocks).filter(|block| block.kind.text == LOCALS);
        match locals.flat_map(|block| &mut block.body.attributes).find(|one| one.name.text == attribute.name.text) {
            Some(found) => *found = attribute,
            None => {
                let name = &attribute.name.text;
                let detail = format!("No other file of this directory declares the local value \"{name}\".");
                diagnostics.push(Diagnostic::error("Nothing to override", detail).at(attribute.name.span));
            }
        }
    }
    let is_wrong = !rest.labels.is_empty() || !rest.body.blocks.is_empty();
    is_wrong.then_some(rest)
}

fn find<'a>(base: &'a mut [SyntaxBody], block: &SyntaxBlock) -> Option<&'a mut SyntaxBlock> {
    let labels = |block: &SyntaxBlock| block.labels.iter().map(|label| label.text.clone()).collect::<Vec<_>>();
    let wanted = labels(block);
    let all = base.iter_mut().flat_map(|body| &mut body.blocks);
    all.into_iter().find(|one| one.kind.text == block.kind.text && labels(one) == wanted)
}

fn merge(base: &mut SyntaxBody, over: SyntaxBody, diagnostics: &mut Diagnostics) {
    for attribute in over.attributes {
        if attribute.name.text == ORDER {
            let detail = format!("What a block waits for is told where it is declared; \"{ORDER}\" is not overridden.");
            diagnostics.push(Diagnostic::error("Unsupported override", detail).at(attribute.name.span));
            continue;
        }
        set(base, attribute);
    }
    let (within, whole): (Vec<_>, Vec<_>) = over.blocks.into_iter().partition(|one| one.kind.text == MERGED_WITHIN);
    // A `dynamic` block makes blocks of the type that is its label.
    let made = |block: &SyntaxBlock| match (block.kind.text.as_str(), block.labels.first()) {
        ("dynamic", Some(label)) => label.text.clone(),
        (kind, _) => kind.to_owned(),
    };
    base.blocks.retain(|block| whole.iter().all(|one| made(one) != made(block)));
    base.blocks.extend(whole);
    for block in within {
        match base.blocks.iter_mut().find(|one| one.kind.text == MERGED_WITHIN) {
            Some(found) => merge(&mut found.body, block.body, diagnostics),
            None => base.blocks.push(block),
        }
    }
}

fn set(base: &mut SyntaxBody, attribute: SyntaxAttribute) {
    match base.attributes.iter_mut().find(|one| one.name.text == attribute.name.text) {
        Some(found) => *found = attribute,
        None => base.attributes.push(attribute),
    }
}

fn head(block: &SyntaxBlock) -> String {
    let labels = block.labels.iter().map(|label| format!(" {:?}", label.text));
    format!("a block `{}{}`", block.kind.text, labels.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn override_files_are_known_by_their_names() {
        for (path, expected) in [
            ("override.hcl", true),
            ("people_override.hcl", true),
            ("modules/team/override.hcl", true),
            ("main.hcl", false),
            ("overrides.hcl", false),
            ("my-override.hcl", false),
            ("override/main.hcl", false),
        ] {
            assert_eq!(is_override(path), expected, "{path}");
        }
    }
}
